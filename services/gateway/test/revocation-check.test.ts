import { once } from 'node:events';
import { request } from 'node:http';
import { createVerifier } from '@latchkey/jwt-verify';
import { startTestIssuer, type TestIssuer } from '@latchkey/jwt-verify/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { revocationCheck } from '../src/intake/revocation-check.ts';
import { gatewayTo } from './harness.ts';

let issuer: TestIssuer;
beforeAll(async () => {
  issuer = await startTestIssuer();
});
afterAll(() => issuer.close());

/** A gateway that knows of one revoked token, and the tokens that reach the service behind it. */
async function start(members: { upgrade?: boolean } = {}) {
  const [good, revoked] = [issuer.mint(), issuer.mint()];
  const isRevoked = (token: { claims: { jti?: string } }) => token.claims.jti === jtiOf(revoked);
  const verifier = createVerifier({ ...issuer.verifierOptions(), audience: null, isRevoked });
  await verifier.ready();
  const arrived: (string | undefined)[] = [];
  const gateway = await gatewayTo(
    (req, res) => {
      arrived.push(req.headers.authorization);
      res.end('{}');
    },
    { ...members, revocationOf: revocationCheck(verifier) },
  );
  const ask = (authorization?: string) =>
    fetch(`${gateway.url}/todo`, { headers: authorization ? { authorization } : {} });
  return { gateway, good, revoked, arrived, ask };
}

const jtiOf = (token: string) =>
  JSON.parse(String(Buffer.from(token.split('.')[1] as string, 'base64url'))).jti;

describe('a revoked token', () => {
  it('is refused, as by a service', async () => {
    const { revoked, arrived, ask } = await start();
    const answer = await ask(`Bearer ${revoked}`);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(await answer.json()).toMatchObject({ detail: 'Could not validate user.' });
    expect(arrived).toEqual([]);
  });

  it('opens no WebSocket', async () => {
    const { gateway, revoked, arrived } = await start({ upgrade: true });
    const asked = request(`${gateway.url}/todo`, {
      headers: {
        authorization: `Bearer ${revoked}`,
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      },
    });
    asked.end();
    const [answer] = await once(asked, 'response');
    expect(answer.statusCode).toBe(401);
    expect(arrived).toEqual([]);
  });
});

it('everything else is for the service to judge', async () => {
  const { good, arrived, ask } = await start();
  const sent = [`Bearer ${good}`, `Bearer ${good.slice(0, -4)}AAAA`, 'Basic eDp5', 'Bearer a b'];
  for (const authorization of sent) expect((await ask(authorization)).status).toBe(200);
  expect((await ask()).status).toBe(200);
  expect(arrived).toEqual([...sent, undefined]);
});

describe('REVOCATION_CHECK', () => {
  const env = { NODE_ENV: 'test', ISSUER: 'http://localhost:8080' };

  it('is off by default, and needs no issuer then', () => {
    expect(parseConfig({}).tokens).toBeUndefined();
  });

  it('looks for the lists beside the keys', () => {
    const JWKS_URI = 'http://auth-service:4001/.well-known/jwks.json';
    const { tokens } = parseConfig({ ...env, JWKS_URI, REVOCATION_CHECK: 'on' });
    expect(tokens?.revocation?.url).toBe('http://auth-service:4001/status-lists');
  });

  it('is refused with a shared secret, by which the gateway could make tokens', () => {
    const parse = () => parseConfig({ ...env, JWT_ALG: 'HS256', REVOCATION_CHECK: 'on' });
    expect(parse).toThrow('REVOCATION_CHECK: unset it, since with JWT_ALG=HS256');
  });

  it('needs to know the issuer', () => {
    expect(() => parseConfig({ NODE_ENV: 'test', REVOCATION_CHECK: 'on' })).toThrow('ISSUER');
  });
});
