import { randomBytes } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '@latchkey/process/start-error';

/** Made at the first start and kept, for development only. */
export interface Secrets {
  postgresPassword: string;
  keyEncryptionKey: string;
  jwtSecret: string;
  /** What the services' own client keys are made from. */
  clientKeySeed: string;
}

/** As `openssl rand -hex 32` prints it. */
const random = () => randomBytes(32).toString('hex');

/** @throws StartError when the file is there but cannot be read */
export async function readSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, 'secrets.json');
  const kept = await readKept(path);
  const secrets: Secrets = {
    postgresPassword: random(),
    keyEncryptionKey: random(),
    jwtSecret: random(),
    clientKeySeed: random(),
    ...kept,
  };
  const save = async () => {
    // Whole or not at all: a half-written file would lock people out of their database.
    await writeFile(`${path}.new`, `${JSON.stringify(secrets, undefined, 2)}\n`, { mode: 0o600 });
    await rename(`${path}.new`, path);
  };
  const isComplete = Object.keys(secrets).every((name) => kept && name in kept);
  if (!isComplete) await save();
  return secrets;
}

async function readKept(path: string): Promise<Partial<Secrets> | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartError(`Cannot read ${path}: restore it, or remove its folder to begin anew.`);
  }
}
