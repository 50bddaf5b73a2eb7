import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeSecret, writeSecret } from '@latchkey/deploy/secret-text';
import { StartError } from '@latchkey/process/start-error';

/** Made at the first start and kept, for development only. */
export interface Secrets {
  postgresPassword: string;
  keyEncryptionKey: string;
  jwtSecret: string;
  /** What the services' own client keys are made from. */
  clientKeySeed: string;
}

/** @throws StartError when the file is there but cannot be read */
export async function readSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, 'secrets.json');
  const kept = await readKept(path);
  const secrets: Secrets = {
    postgresPassword: makeSecret(),
    keyEncryptionKey: makeSecret(),
    jwtSecret: makeSecret(),
    clientKeySeed: makeSecret(),
    ...kept,
  };
  const isComplete = Object.keys(secrets).every((name) => kept && name in kept);
  if (!isComplete) writeSecret(path, JSON.stringify(secrets, undefined, 2));
  return secrets;
}

async function readKept(path: string): Promise<Partial<Secrets> | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StartError(`Cannot read ${path}: restore it, or remove its folder to start over.`);
  }
}
