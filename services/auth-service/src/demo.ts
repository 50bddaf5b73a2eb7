/** Puts demo people into a development database, prints a line for each; safe to run again. */
import { DEMO_PASSWORD, demoEnv } from '@latchkey/service-kit/joining/demo';
import { databaseUrl, parseEnv } from '@latchkey/service-kit/process/config';
import { loadConfig, runMain } from '@latchkey/service-kit/process/serve';
import { z } from 'zod';
import { accountOperations } from './accounts/account-operations.ts';
import { systemCaller } from './caller.ts';
import { createPasswordHasher } from './passwords/password-hasher.ts';
import { openStore } from './store.ts';

const PEOPLE = [
  { username: 'wangerge', roles: ['user'] },
  { username: 'mei', roles: ['user'] },
  { username: 'agent', roles: ['user', 'agent'] },
  { username: 'admin', roles: ['user', 'admin'] },
];

const envSchema = z.object({
  DATABASE_URL: databaseUrl,
  NODE_ENV: demoEnv.NODE_ENV,
});

await runMain('auth-service demo', async () => {
  const env = loadConfig('auth-service demo', (values) => parseEnv(envSchema, values), process.env);
  const { store, close } = openStore({ url: env.DATABASE_URL });
  const hasher = await createPasswordHasher({ concurrency: 2, queue: PEOPLE.length });
  const accounts = accountOperations(store, { hasher, now: Date.now });
  for (const person of PEOPLE) {
    await accounts
      .register({ ...person, password: DEMO_PASSWORD }, { caller: systemCaller })
      .catch((error: { code?: string }) => {
        if (error.code !== 'username_taken') throw error;
      });
    const role = person.roles.at(-1);
    process.stdout.write(
      `${person.username} / ${DEMO_PASSWORD}${role === 'user' ? '' : ` (${role})`}\n`,
    );
  }
  await close();
});
