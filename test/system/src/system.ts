import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requester } from '@latchkey/service-kit/testing';
import { startStack } from '@latchkey/stack/stack';

/** A whole stack on free ports and a directory of its own, and requests to its public port. */
export async function startSystem(env: Record<string, string> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-system-'));
  // Open to the user that PostgreSQL runs as when the tests are run by root.
  await chmod(dataDir, 0o711);
  const stack = await startStack({ port: 0, dataDir, env });
  const request = requester(stack.origin);

  const login = (username: string, password: string) =>
    request('POST /token', { form: { username, password } });

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
    async stop() {
      await stack.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type System = Awaited<ReturnType<typeof startSystem>>;
