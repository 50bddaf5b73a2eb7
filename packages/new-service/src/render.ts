import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import Handlebars from 'handlebars';
import type { Plan } from './plan.ts';

const templates = join(import.meta.dirname, '../templates');

/** The files of a service: path below the repository -> text. */
export type Files = ReadonlyMap<string, string>;

/**
 * Fills the templates in. One that ends in `.database.hbs`, `.no-database.hbs` or `.calls.hbs` is for
 * services of that kind alone.
 */
export function renderFiles(plan: Plan, versions: Record<string, string>): Files {
  const folders = {
    service: `services/${plan.name}`,
    ...(plan.database ? { prisma: `prisma/${plan.database}` } : {}),
  };
  const files = new Map<string, string>();
  for (const [kind, target] of Object.entries(folders)) {
    for (const template of templatesIn(join(templates, kind))) {
      const [, path = '', only] =
        /^(.+?)(?:\.(database|no-database|calls))?\.hbs$/.exec(template) ?? [];
      if (!isFor(plan, only)) continue;
      const text = readFileSync(join(templates, kind, template), 'utf8');
      const fill = Handlebars.compile(text, { noEscape: true, strict: true });
      files.set(`${target}/${path}`, fill({ ...plan, versions }));
    }
  }
  return files;
}

const templatesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));

function isFor({ database, calls }: Plan, only: string | undefined): boolean {
  if (only === undefined) return true;
  if (only === 'calls') return calls.length > 0;
  return (only === 'database') === (database !== undefined);
}
