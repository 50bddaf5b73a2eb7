import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { requester } from '@latchkey/service-kit/testing/harness';
import { hasPython, pythonPath } from '@latchkey/service-kit/testing/python';
import getPort from 'get-port';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const home = join(import.meta.dirname, '../../../examples/python-service');
const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwk = { ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256', use: 'sig' };
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** A list of 16 bits of which these are set. */
function listOf(...set: number[]): string {
  const bits = Buffer.alloc(2);
  for (const index of set) bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
  return deflateSync(bits).toString('base64url');
}

describe.skipIf(!hasPython('fastapi', 'uvicorn', 'jwt', 'cryptography'))(
  'examples/python-service follows status lists',
  () => {
    /** What the issuer answers by list; a path that is not there is 404. */
    const answers = new Map<string, () => Promise<string>>();
    let fetched: string[] = [];
    let issuer: string;
    let server: Server;
    let service: ChildProcess;
    let request: ReturnType<typeof requester>;
    let nextList = 1;

    beforeAll(async () => {
      server = createServer(async ({ url = '' }, res) => {
        if (url === '/.well-known/jwks.json') return res.end(JSON.stringify({ keys: [jwk] }));
        fetched.push(url);
        const answer = await answers.get(url)?.();
        return res.writeHead(answer ? 200 : 404).end(answer);
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const port = await getPort({ host: '127.0.0.1' });
      const settings = { ISSUER: issuer, AUDIENCE: 'python-service', PORT: String(port) };
      const env = { ...process.env, ...settings, PATH: pythonPath, PYTHONDONTWRITEBYTECODE: '1' };
      service = spawn('python3', ['main.py'], { cwd: home, env, stdio: 'ignore' });
      request = requester(`http://127.0.0.1:${port}`);
      const ready = async () => (await request('GET /readyz').catch(() => undefined))?.status;
      await vi.waitUntil(async () => (await ready()) === 200, { timeout: 20_000, interval: 100 });
    });
    afterAll(async () => {
      service?.kill();
      server?.closeAllConnections();
      server?.close();
    });
    beforeEach(() => {
      fetched = [];
    });

    const sign = (claims: object, typ: string) =>
      new SignJWT({ iss: issuer, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'a', typ })
        .setIssuedAt()
        .sign(privateKey);
    const tokenWith = (status: unknown) => {
      const person = { sub: 'ada', id: 1, client_id: 'test', scope: 'notes:read' };
      const claims = { ...person, aud: ['python-service'], exp: nowSeconds() + 600, jti: 'x' };
      return sign({ ...claims, status }, 'at+jwt');
    };
    const statusOf = async (status: unknown) =>
      (await request('GET /notes', { token: await tokenWith(status) })).status;
    const at = (uri: string, idx: unknown) => ({ status_list: { idx, uri } });

    /** A new list, and what to change of its claims or its header's typ. */
    function publish(lst: () => string, change: object = {}, typ = 'statuslist+jwt'): string {
      const path = `/status-lists/${nextList++}`;
      const uri = issuer + path;
      answers.set(path, () => {
        const listed = { sub: uri, exp: nowSeconds() + 600, ttl: 1 };
        return sign({ ...listed, status_list: { bits: 1, lst: lst() }, ...change }, typ);
      });
      return uri;
    }

    it('401 for a bit that is set, and nobody else', async () => {
      const uri = publish(() => listOf(3, 9));
      const statuses = await Promise.all([2, 3, 8, 9].map((idx) => statusOf(at(uri, idx))));
      expect(statuses).toEqual([200, 401, 200, 401]);
      expect(fetched).toHaveLength(1);
    });

    it('fetches a list again when its ttl is over', async () => {
      let revoked: number[] = [];
      const uri = publish(() => listOf(...revoked));
      expect(await statusOf(at(uri, 3))).toBe(200);
      revoked = [3];
      await expect.poll(() => statusOf(at(uri, 3)), { timeout: 10_000 }).toBe(401);
      expect(fetched.length).toBeLessThan(5);
    });

    it('does not refuse anybody for a list that is unavailable', async () => {
      expect(await statusOf(at(`${issuer}/status-lists/absent`, 3))).toBe(200);
      answers.set('/status-lists/html', async () => '<html>');
      expect(await statusOf(at(`${issuer}/status-lists/html`, 3))).toBe(200);
    });

    it.each<[string, object, string?]>([
      ['of another address', { sub: 'http://127.0.0.1/status-lists/1' }],
      ['that has expired', { exp: 1 }],
      ['signed as something else', {}, 'at+jwt'],
      ['of two bits a token', { status_list: { bits: 2, lst: listOf(3) } }],
      [
        'that inflates to too much',
        {
          status_list: {
            bits: 1,
            lst: deflateSync(Buffer.alloc(10_000_000, 255)).toString('base64url'),
          },
        },
      ],
    ])('believes no list %s', async (_, change, typ) => {
      const uri = publish(() => listOf(3), change, typ);
      expect(await statusOf(at(uri, 3))).toBe(200);
      expect(fetched).toHaveLength(1);
    });

    it('401 for a reference that makes no sense, and nothing is fetched from elsewhere', async () => {
      const uri = publish(() => listOf());
      expect(await statusOf(at(uri, 16))).toBe(401);
      fetched = [];
      const bad = [
        ...[at(uri, -1), at(uri, '3'), at(uri, 1.5), 'text', { status_list: {} }],
        ...[
          'http://127.0.0.1:1/status-lists/1',
          `${issuer}.evil.example/1`,
          `${issuer}/a/../b`,
        ].map((other) => at(other, 3)),
      ];
      for (const status of bad) expect([status, await statusOf(status)]).toEqual([status, 401]);
      expect(await statusOf(undefined)).toBe(200);
      expect(fetched).toEqual([]);
    });
  },
);
