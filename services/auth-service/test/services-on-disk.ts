import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const REAL = join(import.meta.dirname, '../..');
const NAMES = ['auth-service', 'todo-service', 'support-service'] as const;

type Changes = Partial<Record<(typeof NAMES)[number] | 'billing-service', object>>;

/** A service that joins. */
export const billing = {
  name: 'billing-service',
  port: 4009,
  routes: ['/invoices'],
  scopes: { 'invoices:read': 'Read your invoices' },
  roles: { accountant: 'Books invoices' },
};

/** `SERVICES_DIR` with the real services' files, each with these members instead, and further ones. */
export function servicesOnDisk(changes: Changes = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-services-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const name of new Set([...NAMES, ...Object.keys(changes)] as (keyof Changes)[])) {
    const file = (root: string) => join(root, name, 'service.json');
    const real = name === 'billing-service' ? {} : JSON.parse(readFileSync(file(REAL), 'utf8'));
    mkdirSync(join(directory, name));
    writeFileSync(file(directory), JSON.stringify({ ...real, ...changes[name] }));
  }
  return directory;
}
