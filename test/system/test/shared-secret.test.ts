import { randomBytes } from 'node:crypto';
import jsonwebtoken from 'jsonwebtoken';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from '../src/system.ts';

// The hex text's own bytes are the key, as `openssl rand -hex 32` prints it.
const secret = randomBytes(32).toString('hex');

describe('HS256, the standard profile', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({ JWT_ALG: 'HS256', JWT_SECRET: secret });
  });
  afterAll(() => system?.stop());

  it('one login opens every service', async () => {
    const { token } = await system.newPerson('ada');
    const decoded = jsonwebtoken.verify(token, secret, { algorithms: ['HS256'], complete: true });
    expect(decoded.header).toMatchObject({ alg: 'HS256', typ: 'at+jwt' });
    for (const path of ['/users/me', '/todo', '/tickets']) {
      expect((await system.request(`GET ${path}`, { token })).status).toBe(200);
    }
  });

  it('publishes no key, and refuses bare tokens of the minimal profile', async () => {
    const { body } = await system.request('GET /.well-known/jwks.json');
    expect(body).toEqual({ keys: [] });
    const bare = jsonwebtoken.sign({ sub: 'ada', id: 1 }, secret, { expiresIn: 60 });
    expect((await system.request('GET /todo', { token: bare })).status).toBe(401);
  });
});

describe('HS256, the minimal profile', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem({
      JWT_ALG: 'HS256',
      JWT_SECRET: secret,
      TOKEN_PROFILE: 'minimal',
    });
  });
  afterAll(() => system?.stop());

  const bare = (
    claims: object = {},
    key: string | Buffer = secret,
    algorithm: 'HS256' | 'HS384' | 'none' = 'HS256',
  ) => {
    const exp = Math.floor(Date.now() / 1000) + 60;
    const payload = { sub: 'somebody', id: 41, exp, ...claims };
    return jsonwebtoken.sign(JSON.parse(JSON.stringify(payload)), key, {
      algorithm,
      noTimestamp: true,
    });
  };
  const statuses = async (token: string) =>
    Promise.all(
      ['/todo', '/tickets'].map(async (path) => {
        return (await system.request(`GET ${path}`, { token })).status;
      }),
    );

  it('signs just sub, id and exp, for 20 minutes', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { token } = await system.newPerson('ada');
    const [header, payload] = token
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT' });
    expect(payload).toEqual({ sub: 'ada', id: expect.any(Number), exp: expect.any(Number) });
    expect(payload.exp - before).toBeGreaterThanOrEqual(1199);
    expect(payload.exp - before).toBeLessThanOrEqual(1205);
    expect(await statuses(token)).toEqual([200, 200]);
  });

  it('accepts a token that any holder of the key made', async () => {
    expect(await statuses(bare())).toEqual([200, 200]);
  });

  it.each([
    ['no sub', () => bare({ sub: undefined })],
    ['no id', () => bare({ id: undefined })],
    ['no exp', () => bare({ exp: undefined })],
    ['expired', () => bare({ exp: Math.floor(Date.now() / 1000) - 120 })],
    [
      'changed',
      () => bare().replace(/^([^.]*)\.([^.]*)/, (_, h) => `${h}.${payloadOf(bare({ id: 1 }))}`),
    ],
    ['none', () => bare({}, '', 'none')],
    ['HS384', () => bare({}, secret, 'HS384')],
    ['signed with the bytes that the hex text spells', () => bare({}, Buffer.from(secret, 'hex'))],
  ])('401 for %s', async (_what, token) => {
    expect(await statuses(token())).toEqual([401, 401]);
  });
});

const payloadOf = (token: string) => token.split('.')[1];
