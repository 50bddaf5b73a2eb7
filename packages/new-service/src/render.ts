import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import Handlebars from 'handlebars';
import type { Plan } from './plan.ts';

const templates = join(import.meta.dirname, '../templates');
const pythonExample = join(import.meta.dirname, '../../../examples/python-service');

/** The files of a service: path below the repository -> text. */
export type Files = ReadonlyMap<string, string>;

/** Fills the templates in; a service in Python is the example under another name. */
export function renderFiles(plan: Plan, versions: Record<string, string>): Files {
  const folder = `services/${plan.name}`;
  const kind = plan.kind === 'ts' ? 'service' : plan.kind;
  return new Map([
    ...(plan.kind === 'python' ? pythonFiles(plan, folder) : []),
    ...filled(kind, folder, plan, versions),
    ...(plan.database ? filled('prisma', `prisma/${plan.database}`, plan, versions) : []),
  ]);
}

/** One that ends in `.database+no-mcp.hbs` is for services with a database that are no MCP servers. */
function filled(kind: string, target: string, plan: Plan, versions: Record<string, string>) {
  const has: Record<string, boolean> = {
    database: plan.database !== undefined,
    calls: plan.calls.length > 0,
    mcp: plan.mcp,
  };
  const isFor = (condition: string) =>
    condition.startsWith('no-') ? !has[condition.slice(3)] : has[condition] === true;
  return templatesIn(join(templates, kind)).flatMap((template): [string, string][] => {
    const [, path = '', only] =
      /^(.+?)(?:\.((?:no-)?(?:database|calls|mcp)(?:\+[a-z+-]+)?))?\.hbs$/.exec(template) ?? [];
    if (only && !only.split('+').every(isFor)) return [];
    const text = readFileSync(join(templates, kind, template), 'utf8');
    const fill = Handlebars.compile(text, { noEscape: true, strict: true });
    return [[`${target}/${path}`, fill({ ...plan, versions })]];
  });
}

const templatesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));

function pythonFiles({ name, base, route }: Plan, target: string): [string, string][] {
  return readdirSync(pythonExample)
    .filter((file) => file.endsWith('.py') || file === 'Dockerfile')
    .map((file) => {
      const text = readFileSync(join(pythonExample, file), 'utf8')
        .replaceAll('"python-service"', `"${name}"`)
        .replaceAll('"/notes', `"${route}`)
        .replaceAll(/"notes:(read|write)"/g, `"${base}:$1"`);
      return [`${target}/${file}`, text];
    });
}
