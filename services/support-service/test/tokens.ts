import { type TestTokenOptions, testIssuer } from '@latchkey/service-kit/testing/harness';

const issuer = await testIssuer('support-service');
const stranger = await testIssuer('support-service');
export const { verifier } = issuer;

/** A token for both services, as a login that asks for all of these scopes gets it. */
export const accessToken = ({ claims, ...options }: TestTokenOptions = {}) =>
  issuer.token({
    scope: 'tickets:read tickets:write todo:read',
    ...options,
    claims: { aud: ['support-service', 'todo-service'], ...claims },
  });

export const alice = accessToken({ sub: 'alice', id: 1 });
export const bob = accessToken({ sub: 'bob', id: 2 });
export const agent = accessToken({ sub: 'sue', id: 9, roles: ['user', 'agent'] });

/** What no route here takes, by what is wrong with it. */
export const badTokens: [string, string][] = [
  ['expired', accessToken({ expiresIn: -60 })],
  ['signed with another key', stranger.token({ scope: 'tickets:read tickets:write' })],
  ['for another service', accessToken({ claims: { aud: ['todo-service'] } })],
  ['no token at all', 'abc.def.ghi'],
];
