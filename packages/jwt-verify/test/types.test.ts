import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const PACKAGE = join(import.meta.dirname, '..');
const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc');
// Inside the package, so that the programs find it by its name.
const folder = mkdtempSync(join(PACKAGE, '.examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** One program of its own for each: what it declares globally must not reach the others. */
const errorsOf = (name: string, code: string): string => {
  const program = join(folder, name);
  mkdirSync(program);
  writeFileSync(join(program, 'app.ts'), code);
  const config = { extends: '../../tsconfig.json', include: ['*.ts'] };
  writeFileSync(join(program, 'tsconfig.json'), JSON.stringify(config));
  return spawnSync(process.execPath, [tsc, '-p', program], { encoding: 'utf8' }).stdout;
};

const USE = `import type { Request } from 'express';
  import { optionalTokenOf, requireToken, tokenOf } from '@latchkey/jwt-verify/express';
  export const owner = (req: Request): string => tokenOf(req).subject;
  export const perhaps = (req: Request): string | undefined => optionalTokenOf(req)?.subject;
  export { requireToken };`;

describe('tokenOf(req) beside another library that types req.auth', () => {
  test('express-oauth2-jwt-bearer', () => {
    const code = `${USE}
      import { auth } from 'express-oauth2-jwt-bearer';
      export const payload = (req: Request) => req.auth?.payload;
      export { auth };`;
    expect(errorsOf('bearer', code)).toBe('');
  });

  test('the MCP SDK', () => {
    const code = `${USE}
      import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
      export const client = (req: Request): string | undefined => req.auth?.clientId;
      export { requireBearerAuth };`;
    expect(errorsOf('mcp', code)).toBe('');
  });
});

describe('req.auth', () => {
  test('has no type by itself', () => {
    const code = `${USE}
      // @ts-expect-error nothing declares it
      export const auth = (req: Request) => req.auth;`;
    expect(errorsOf('untyped', code)).toBe('');
  });

  test('is a verified token where that is asked for', () => {
    const code = `${USE}
      import '@latchkey/jwt-verify/express-types';
      export const subject = (req: Request): string | undefined => req.auth?.subject;
      // @ts-expect-error there may be none
      export const always = (req: Request): string => req.auth.subject;`;
    expect(errorsOf('typed', code)).toBe('');
  });
});

test('guards take the request of their framework', () => {
  const code = `import type { Verifier } from '@latchkey/jwt-verify';
    import { defineGuard, requireToken } from '@latchkey/jwt-verify/express';
    import * as fast from '@latchkey/jwt-verify/fastify';
    import { withToken } from '@latchkey/jwt-verify/fetch';
    import express, { type NextFunction, type Request, type Response as Res } from 'express';
    import fastify, { type FastifyRequest } from 'fastify';
    declare const verifier: Verifier<{ tenant: string }>;
    const app = express();
    app.get('/a', requireToken(verifier, { tokenFrom: (req) => req.headers['x-token'] }));
    app.get('/b', requireToken(verifier, { tokenFrom: (req: Request) => req.cookies.token }));
    app.get('/c', requireToken(verifier, { claims: async (token) => token.claims.tenant === 'a' }));
    app.get('/d', defineGuard((req, _res, next) => next(req.url)));
    app.get('/e', defineGuard(async (_req: Request, res: Res, next: NextFunction) => {
      res.vary('Cookie');
      next();
    }));
    const server = fastify();
    const onRequest = fast.requireToken(verifier, { tokenFrom: (request) => request.headers['x-token'] });
    server.get('/a', { onRequest }, async () => 'ok');
    const ofQuery = (request: FastifyRequest) => (request.query as { token?: string }).token;
    server.get('/b', { onRequest: fast.requireToken(verifier, { tokenFrom: ofQuery }) }, async () => 'ok');
    export const handler = withToken(verifier, (_request, token) => Response.json(token.claims.tenant), {
      tokenFrom: (request) => request.headers.get('x-token'),
    });
    // @ts-expect-error no promise: a guard that looks the token up is made by defineGuard
    requireToken(verifier, { tokenFrom: async () => 'x' });
    // @ts-expect-error a number is no token
    requireToken(verifier, { tokenFrom: () => 1 });`;
  expect(errorsOf('frameworks', code)).toBe('');
});
