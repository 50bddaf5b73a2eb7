import { randomBytes } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';

/** As `openssl rand -hex 32` prints it. */
export const makeSecret = (): string => randomBytes(32).toString('hex');

/** Whole or not at all: half a secret would lock people out of their database. */
export function writeSecret(path: string, text: string, setRights?: (path: string) => void): void {
  const draft = `${path}.new`;
  writeFileSync(draft, `${text}\n`, { mode: 0o600 });
  setRights?.(draft);
  renameSync(draft, path);
}
