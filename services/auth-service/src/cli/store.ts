import { isDatabaseAway } from '@latchkey/database/client';
import { databaseUrl, parseEnv } from '@latchkey/service-kit/process/config';
import { loadConfig } from '@latchkey/service-kit/process/serve';
import { z } from 'zod';
import { openStore, type Store } from '../store.ts';

const envSchema = z.object({ DATABASE_URL: databaseUrl });

/** Opens the database that `DATABASE_URL` names, for one command. */
export async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const { DATABASE_URL: url } = loadConfig('auth', (env) => parseEnv(envSchema, env), process.env);
  const { store, close } = openStore({ url, applicationName: 'auth-cli', poolSize: 2 });
  try {
    return await work(store);
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw new Error('The database in DATABASE_URL does not answer.', { cause: error });
  } finally {
    await close();
  }
}
