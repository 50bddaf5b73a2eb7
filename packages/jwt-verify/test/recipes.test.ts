import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVerifier, type Verifier } from '../src/index.ts';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';

/** The blocks of the README that no example holds, by what they export. */
const README = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
const BLOCKS = [...README.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
const folder = mkdtempSync(join(import.meta.dirname, '../.examples-'));
const copied = async (name: string) => {
  const file = join(folder, `${name}.ts`);
  const block = BLOCKS.find((code) => code.includes(`export const ${name}`));
  writeFileSync(file, block ?? '');
  return (await import(/* @vite-ignore */ file))[name];
};

let issuer: TestIssuer;
let verifier: Verifier;
beforeAll(async () => {
  issuer = await startTestIssuer();
  verifier = createVerifier(issuer.verifierOptions());
});
afterAll(async () => {
  verifier.close();
  await issuer.close();
  rmSync(folder, { recursive: true });
});

describe('the error handler for Fastify', () => {
  const app = fastify();
  beforeAll(async () => {
    app.setErrorHandler(await copied('fastifyProblems'));
    app.get('/', async (request) => {
      const token = await verifier.verify(String(request.headers['x-token']));
      return token.subject;
    });
    app.get('/broken', async () => {
      throw Object.assign(new Error('broken'), { statusCode: 418 });
    });
    return () => app.close();
  });

  test('answers the problem of a TokenError from a handler', async () => {
    const refused = await app.inject({ url: '/', headers: { 'x-token': 'x' } });
    const { statusCode, headers, body } = refused;
    expect(statusCode).toBe(401);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(headers['www-authenticate']).toMatch(/^Bearer realm=.*invalid_token/);
    expect(JSON.parse(body)).toMatchObject({ code: 'token_malformed', status: 401 });
  });

  test('leaves other errors and good requests alone', async () => {
    expect((await app.inject('/broken')).statusCode).toBe(418);
    const good = await app.inject({ url: '/', headers: { 'x-token': issuer.mint() } });
    expect(good.body).toBe('test-user');
  });
});

test('the settings for Jest transform this package, wherever it is installed, and no other', () => {
  const code = /```js\n(\/\/ jest\.config\.cjs[\s\S]*?)```/.exec(README)?.[1] ?? '';
  const file = join(folder, 'jest.config.cjs');
  writeFileSync(file, code);
  const { transform, transformIgnorePatterns } = createRequire(import.meta.url)(file);
  const isTransformed = (path: string) =>
    Object.keys(transform).some((pattern) => new RegExp(pattern).test(path)) &&
    !transformIgnorePatterns.some((pattern: string) => new RegExp(pattern).test(path));
  const inside = '@latchkey/jwt-verify/dist/index.js';
  expect(isTransformed(`/app/node_modules/${inside}`)).toBe(true);
  const pnpm = '/app/node_modules/.pnpm/@latchkey+jwt-verify@0.1.0/node_modules';
  expect(isTransformed(`${pnpm}/${inside}`)).toBe(true);
  expect(isTransformed('/app/node_modules/express/index.js')).toBe(false);
  expect(isTransformed('/app/src/a.test.ts')).toBe(true);
});
