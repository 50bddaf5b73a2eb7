import { globSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { turbo } from './turbo.ts';

const repository = resolve(import.meta.dirname, '../../..');
/** What the app is made of: its own files, the styles of all pages, and the services' API documents. */
const SOURCES = [
  'services/web/{index.html,package.json,*.ts}',
  'services/web/{src,scripts,public}/**/*',
  'packages/design/src/**/*',
  'services/*/openapi.json',
];

/** Builds the browser app, which the gateway serves, by turbo and its cache. @throws StartError */
export async function buildApp(signal: AbortSignal): Promise<void> {
  if (isBuilt()) return;
  await turbo(['build', '--filter=@latchkey/web'], {
    signal,
    failure: 'The browser app could not be built.',
  });
}

/** Saves turbo's second when the app is younger than all that it is made of. */
function isBuilt(): boolean {
  const mtimeOf = (path: string) =>
    statSync(join(repository, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const builtAt = mtimeOf('services/web/dist/index.html');
  return globSync(SOURCES, { cwd: repository }).every((path) => mtimeOf(path) < builtAt);
}
