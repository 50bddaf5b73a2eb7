import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FileTree } from './file-tree.ts';
import {
  type ApiDocument,
  consumersIn,
  documentOf,
  isUsedBy,
  only,
  operationsOf,
} from './operations.ts';

const redocly = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');
const DIFF_TIMEOUT_MS = 60_000;

interface DiffReport {
  changes: { path: string; impact: string; verdicts: { impact: string; message: string }[] }[];
}

/**
 * What changed between two trees in the openapi.json files that breaks a service which calls another:
 * one line each, with the operation and its consumers. What no service here uses may change.
 */
export async function breakingChanges(before: FileTree, now: FileTree): Promise<string[]> {
  const consumers = consumersIn(before).filter(({ name }) => now.services.includes(name));
  const lines: string[] = [];
  for (const service of before.services) {
    const document = documentOf(before, service);
    const changed = documentOf(now, service);
    if (!document) continue;
    for (const operation of operationsOf(document)) {
      const users = consumers.filter((each) => isUsedBy(each, document, operation));
      if (users.length === 0) continue;
      const names = users.map(({ name }) => name).join(' and ');
      const what = `${operation} of ${service}, which ${names} uses`;
      const old = only(document, operation) as ApiDocument;
      const current = changed && only(changed, operation);
      const changes = current ? await majorChanges(old, current) : ['It was removed.'];
      lines.push(...changes.map((change) => `${what}: ${change}`));
    }
  }
  return lines;
}

/** `client.operations` that no service offers: a misspelled one would be watched over by nobody. */
export function unknownOperations(tree: FileTree): string[] {
  const documents = tree.services.flatMap((service) => documentOf(tree, service) ?? []);
  const offered = new Set(documents.flatMap(operationsOf));
  return consumersIn(tree).flatMap(({ name, operations = [] }) =>
    operations
      .filter((operation) => !offered.has(operation))
      .map(
        (operation) =>
          `services/${name}/service.json: client.operations: no service has ${operation}`,
      ),
  );
}

/** By Redocly, which knows what breaks a request and what an answer. */
async function majorChanges(before: ApiDocument, now: ApiDocument): Promise<string[]> {
  if (JSON.stringify(before) === JSON.stringify(now)) return [];
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-api-'));
  try {
    for (const [name, document] of Object.entries({ before, now })) {
      writeFileSync(join(folder, `${name}.json`), JSON.stringify(document));
    }
    const words = [redocly, 'diff', 'before.json', 'now.json', '--format=json', '--fail-on=none'];
    const env = {
      ...process.env,
      REDOCLY_TELEMETRY: 'off',
      REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
    };
    const options = { cwd: folder, env, timeout: DIFF_TIMEOUT_MS, maxBuffer: 2 ** 26 };
    const { stdout } = await promisify(execFile)(process.execPath, words, options);
    return (JSON.parse(stdout) as DiffReport).changes
      .filter(({ path, impact }) => path.startsWith('#/paths/') && impact === 'major')
      .flatMap(({ verdicts }) => verdicts.filter(({ impact }) => impact === 'major'))
      .map(({ message }) => message);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
