import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createVerifier } from '@latchkey/jwt-verify';
import { startTestIssuer } from '@latchkey/jwt-verify/testing';
import { createLog } from '../src/process/log.ts';

export const silentLog = createLog('test', process.env.TEST_LOG_LEVEL ?? 'silent');

export interface TestTokenOptions {
  sub?: string;
  id?: number;
  scope?: string;
  roles?: readonly string[];
  /** Seconds from now; negative for a token that has expired. */
  expiresIn?: number;
  claims?: Record<string, unknown>;
}

/** A test issuer, a verifier that has its keys, and tokens as auth-service makes them. */
export async function testIssuer(audience: string) {
  const issuer = await startTestIssuer({ audience });
  const keys = { jwks: issuer.jwks() };
  const verifier = createVerifier({ ...issuer.verifierOptions(), keys });
  const token = (options: TestTokenOptions = {}) => {
    const { sub = 'ada', id = 1, scope = '', roles = ['user'], expiresIn = 600, claims } = options;
    const lifetimeSeconds = expiresIn;
    return issuer.mint({ claims: { sub, id, scope, roles, ...claims }, lifetimeSeconds });
  };
  return { verifier, token };
}

/** Serves an app on a free port of loopback. */
export async function listenOnLoopback(app: RequestListener) {
  const server = createServer(app);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = Promise.withResolvers<unknown>();
    server.close(closed.resolve);
    server.closeAllConnections();
    await closed.promise;
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

export interface RequestOptions {
  token?: string;
  json?: unknown;
  form?: Record<string, string>;
  /** Sent as it is; for bodies that are not what they should be. */
  body?: string;
  headers?: Record<string, string>;
}

export interface TestAnswer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads members and asserts them.
  body: any;
}

/** `request('POST /todo', { token, json })`: one request, its answer read whole. */
export function requester(baseUrl: string) {
  return async (line: string, options: RequestOptions = {}): Promise<TestAnswer> => {
    const [method = 'GET', path = '/'] = line.split(' ');
    const { token, json, form, body, headers } = options;
    const response = await fetch(new URL(path, baseUrl), {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson ? JSON.parse(text) : undefined,
    };
  };
}

/** The address in a `Link: <…>; rel="next"` header. */
export function nextLink(headers: Headers): string | undefined {
  return /^<([^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
}
