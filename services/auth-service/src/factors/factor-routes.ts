import type { RequireToken } from '@latchkey/service-kit/http/guard';
import { noContent, ok, type RouteInput, route } from '@latchkey/service-kit/http/route';
import { FRESH_SECONDS } from '../browser/fresh-sign-in.ts';
import { callerOf } from '../caller.ts';
import { problems } from '../errors.ts';
import { mailLanguageOf } from '../mail/mail-texts.ts';
import type { ChangeContext } from './factor-changes.ts';
import type { FactorOperations } from './factor-operations.ts';
import { factorsSchema, passkeyParams, toFactorsAnswer } from './factor-schemas.ts';
import type { PasskeyOperations } from './passkey-operations.ts';
import type { TotpOperations } from './totp-operations.ts';

interface Dependencies {
  factors: Pick<FactorOperations, 'read'>;
  totp: Pick<TotpOperations, 'remove'>;
  ownPasskeys: Pick<PasskeyOperations, 'remove'>;
  requireToken: RequireToken;
}

/** A person's own second factors, for apps. They are added at `/security` alone. */
export function factorRoutes({ factors, totp, ownPasskeys, requireToken }: Dependencies) {
  const mayRead = requireToken({ scope: 'account:read' });
  const mayWrite = requireToken({ scope: 'account:write', maxAuthAgeSeconds: FRESH_SECONDS });
  const removed = { description: 'Removed.' };
  const absent = { description: 'There is none.' };

  return [
    route({
      method: 'get',
      path: '/users/me/factors',
      guard: mayRead,
      summary: 'Read what you sign in with',
      responses: { 200: { description: 'What there is.', schema: factorsSchema } },
      handle: async ({ person }) => ok(toFactorsAnswer(await factors.read(person.id))),
    }),
    route({
      method: 'delete',
      path: '/users/me/factors/totp',
      guard: mayWrite,
      summary: 'Remove your authenticator app, after a sign-in of the last five minutes',
      responses: { 204: removed, 404: absent },
      async handle(input) {
        const isRemoved = await totp.remove(input.person, changeContextOf(input));
        if (!isRemoved) throw problems.factor_not_found();
        return noContent;
      },
    }),
    route({
      method: 'delete',
      path: '/users/me/factors/passkeys/:id',
      guard: mayWrite,
      summary: 'Remove a passkey of yours, after a sign-in of the last five minutes',
      request: { params: passkeyParams },
      responses: { 204: removed, 404: absent },
      async handle(input) {
        const isRemoved = await ownPasskeys.remove(
          input.person,
          input.params.id,
          changeContextOf(input),
        );
        if (!isRemoved) throw problems.factor_not_found();
        return noContent;
      },
    }),
  ];
}

const changeContextOf = (input: Pick<RouteInput<object>, 'req' | 'context'>): ChangeContext => ({
  caller: callerOf(input),
  language: mailLanguageOf(input.req),
});
