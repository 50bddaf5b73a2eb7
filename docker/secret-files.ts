import { chmodSync, chownSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** The user `node` of the images. */
const SERVICE_USER = 1000;

/** A secret without the line end that editors add. */
export const readSecret = (path: string): string =>
  readFileSync(path, 'utf8').replace(/\r?\n$/, '');

/** Whole or not at all: a container that is killed leaves no half of a secret. */
export function writeSecret(path: string, text: string): void {
  const draft = `${path}.new`;
  writeFileSync(draft, `${text}\n`, { mode: 0o400 });
  // PostgreSQL's user has no fixed number; only its own container mounts that volume.
  if (basename(dirname(path)) === 'postgres') chmodSync(draft, 0o444);
  else chownSync(draft, SERVICE_USER, SERVICE_USER);
  renameSync(draft, path);
}

/** The database of the service that this container is for. */
export function databaseUrlOf(env: NodeJS.ProcessEnv = process.env): string {
  const { DATABASE_URL: url, DATABASE_URL_FILE: file } = env;
  if (url) return url;
  if (file) return readSecret(file);
  throw new Error('DATABASE_URL: set it, or DATABASE_URL_FILE to a file that holds it');
}
