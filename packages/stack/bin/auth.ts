/** `pnpm auth …`: auth-service's commands, by default on the database of the stack that runs here. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { enableCompileCache, getCompileCacheDir } from 'node:module';
import { join } from 'node:path';
import { localDatabaseUrl } from '../src/local-database.ts';
import { readSecrets } from '../src/secrets.ts';
import { parseSettings } from '../src/settings.ts';

const main = join(import.meta.dirname, '../../../services/auth-service/src/cli/main.ts');
const { env } = process;
const isSet = Boolean(env.DATABASE_URL || env.DATABASE_URL_FILE);
const { dataDir } = parseSettings(env);
const local = isSet ? undefined : await localEnvironment();

/** What the stack gives auth-service: its database, and the key of its keys. */
async function localEnvironment() {
  const url = env.AUTH_DATABASE_URL || (await localDatabaseUrl(dataDir, 'auth'));
  if (!url) return undefined;
  const isKeySet = Boolean(env.KEY_ENCRYPTION_KEY || env.KEY_ENCRYPTION_KEY_FILE);
  const { keyEncryptionKey } = await readSecrets(dataDir);
  return { DATABASE_URL: url, ...(isKeySet ? {} : { KEY_ENCRYPTION_KEY: keyEncryptionKey }) };
}

enableCompileCache();
const child = spawn(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  // pnpm runs scripts at the root; files are named from where the command was given.
  cwd: env.INIT_CWD ?? process.cwd(),
  env: { NODE_COMPILE_CACHE: getCompileCacheDir(), ...env, ...local },
});
const [code] = (await once(child, 'exit')) as [number | null];
process.exitCode = code ?? 1;
