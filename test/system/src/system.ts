import { rm } from 'node:fs/promises';
import { makeOpenFolder } from '@latchkey/postgres/open-folder';
import { requester } from '@latchkey/service-kit/testing/harness';
import { generateClients } from '@latchkey/stack/generate';
import { startStack } from '@latchkey/stack/stack';

/** A system that runs already, wherever it is, to be tested instead of one that is started here. */
export const givenOrigin = process.env.LATCHKEY_ORIGIN || undefined;

/** A new data directory. */
export async function makeDataDir() {
  const dataDir = await makeOpenFolder('latchkey-system-');
  return { dataDir, remove: () => rm(dataDir, { recursive: true, force: true }) };
}

async function startOwnStack(env: Record<string, string>, servicesDir?: string) {
  const { dataDir, remove } = await makeDataDir();
  const prepared = generateClients(new AbortController().signal);
  const stack = await startStack({
    port: 0,
    dataDir,
    env,
    ...(servicesDir ? { servicesDir, follow: true } : { prepared }),
  });
  return {
    ...stack,
    urlOf: (name: string) => stack.services.find((each) => each.name === name)?.url,
    async stop() {
      await stack.stop();
      await remove();
    },
  };
}

/** What a system shows to the outside. */
function outside(origin: string) {
  const cannot = async (name: string) => {
    throw new Error(`${name} at ${origin} cannot be stopped from here`);
  };
  return {
    origin,
    urlOf: () => undefined,
    killService: cannot,
    restartService: cannot,
    stop: async () => undefined,
  };
}

/**
 * A whole stack on free ports and in a new directory, or the one at LATCHKEY_ORIGIN, and
 * requests to its public port.
 *
 * @param servicesDir other services than those of the repository; the stack notices its changes
 */
export async function startSystem(env: Record<string, string> = {}, servicesDir?: string) {
  return withRequests(givenOrigin ? outside(givenOrigin) : await startOwnStack(env, servicesDir));
}

/** The same, where a test looks behind the public port. */
export const startOwnSystem = async (env: Record<string, string> = {}, servicesDir?: string) =>
  withRequests(await startOwnStack(env, servicesDir));

function withRequests<S extends { origin: string }>(stack: S) {
  const request = requester(stack.origin);

  const login = (username: string, password: string, more: Record<string, string> = {}) =>
    request('POST /token', { form: { username, password, ...more } });

  return {
    ...stack,
    request,
    login,
    /** Registers a person and signs in. */
    async newPerson(username: string) {
      const password = `${username} likes long passwords`;
      const registered = await request('POST /register', { json: { username, password } });
      const answer = await login(username, password);
      return { username, password, registered, answer, token: String(answer.body?.access_token) };
    },
  };
}

export type System = Awaited<ReturnType<typeof startSystem>>;
