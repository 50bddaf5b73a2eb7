import { join } from 'node:path';
import { openDatabase } from '@latchkey/database/client';
import { scratchDatabase } from '@latchkey/database/scratch';
import type {} from '@latchkey/postgres/vitest-global-setup';
import { ownServiceJson } from '@latchkey/service-kit/joining/service-json';
import { Health } from '@latchkey/service-kit/process/health';
import { listenOnLoopback, requester, silentLog } from '@latchkey/service-kit/testing/harness';
import { inject } from 'vitest';
import { PrismaClient } from '../generated/prisma/client.ts';
import { accountOperations } from '../src/accounts/account-operations.ts';
import { createApp } from '../src/app.ts';
import { assemble } from '../src/assembly.ts';
import { systemCaller } from '../src/caller.ts';
import type { Outbound } from '../src/client-documents/open-document-clients.ts';
import { parseConfig } from '../src/config.ts';
import { statusMetrics } from '../src/status-lists/status-metrics.ts';
import { createStore } from '../src/store.ts';

const migrations = join(import.meta.dirname, '../../../prisma/auth/migrations');

export const ISSUER = 'http://localhost:8080';
export const PASSWORD = 'wren-under-the-eaves';
export const KEY_ENCRYPTION_KEY = 'a1'.repeat(16) + 'b2'.repeat(16);

export type Env = Record<string, string>;

/** A clock that stands still until it is moved on. */
export function testClock(startMs = Date.now()) {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    forwardSeconds(seconds: number) {
      nowMs += seconds * 1000;
    },
  };
}

export const createDatabase = () =>
  scratchDatabase({ serverUrl: inject('postgresUrl'), migrations });

interface InstanceOptions {
  env?: Env;
  now?: () => number;
  outbound?: Outbound;
}

/** An instance of the real service on its own port. */
export async function startInstance(
  url: string,
  { env = {}, now = Date.now, outbound = {} }: InstanceOptions = {},
) {
  const service = ownServiceJson(join(import.meta.dirname, '../src'));
  const keys = env.JWT_ALG === 'HS256' ? {} : { KEY_ENCRYPTION_KEY };
  const config = parseConfig({ NODE_ENV: 'test', ISSUER, DATABASE_URL: url, ...keys, ...env });
  const database = openDatabase(PrismaClient, { url });
  const { client: db, pool } = database;
  const store = createStore(database);
  const parts = await assemble({ config, service, store, log: silentLog, now, outbound });
  const { statusLists } = parts;
  const metrics = statusLists ? { metrics: statusMetrics(statusLists) } : {};
  const health = new Health({ database: database.ping }, metrics);
  const server = await listenOnLoopback(createApp({ ...parts, health }));
  parts.issuingLists?.openFirst();
  const request = requester(server.url);
  return {
    ...parts,
    db,
    pool,
    keys: parts.signing.keys,
    url: server.url,
    health,
    request,
    login: (username: string, more: Record<string, string> = {}) =>
      request('POST /token', { form: { username, password: PASSWORD, ...more } }),
    /** A token that administers: what is needed for that must be asked for by name. */
    async adminToken(username = 'admin'): Promise<string> {
      const scope = 'admin openid account:read account:write';
      const form = { username, password: PASSWORD, scope };
      return (await request('POST /token', { form })).body.access_token;
    },
    async stop() {
      await server.close();
      await parts.logoutDelivery?.close();
      await parts.issuingLists?.close();
      await parts.statusLists?.close();
      await parts.signing.close();
      await parts.catalog.close();
      await database.close();
    },
  };
}

export type Instance = Awaited<ReturnType<typeof startInstance>>;

/** The real service on its own database, with the people of the demo. */
export async function startAuthService(options: InstanceOptions = {}) {
  const scratch = await createDatabase();
  const instance = await startInstance(scratch.url, options);
  const accounts = accountOperations(instance.store, instance);
  const person = (username: string, ...roles: string[]) =>
    accounts.register(
      { username, password: PASSWORD, roles: ['user', ...roles] },
      { caller: systemCaller },
    );
  await person('wangerge');
  await person('agent', 'agent');
  await person('admin', 'admin');
  return {
    ...instance,
    scratch,
    async stop() {
      await instance.stop();
      await scratch.drop();
    },
  };
}

export type AuthService = Awaited<ReturnType<typeof startAuthService>>;

/** The audit record's types, oldest first. */
export async function auditTypes({ db }: Pick<Instance, 'db'>, prefix = ''): Promise<string[]> {
  const rows = await db.auditEvent.findMany({ orderBy: { id: 'asc' } });
  return rows.map(({ type }) => type).filter((type) => type.startsWith(prefix));
}
