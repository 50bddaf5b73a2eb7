import type { Command } from 'commander';
import { resourceBody, resourceParams, toResource } from '../resources/resource-schemas.ts';
import { type Asking, mustConfirm, yesOption } from './ask.ts';
import { auditContext, firstRows, withOperations } from './operations.ts';
import { jsonOption, note, type OutputOptions, print, printRows } from './output.ts';
import { parse, rowCount } from './parse.ts';

interface AddOptions {
  audience?: string;
  scope: Record<string, string>;
  role: Record<string, string>;
}

const COLUMNS = ['name', 'audience', 'scopes', 'roles'];

/** `--scope 'invoices:read=Read your invoices'`, again for each. */
function described(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [name = '', ...description] = text.split('=');
  return { ...before, [name]: description.join('=') };
}

/** `resources …` */
export function addResourcesCommands(program: Command): void {
  const resources = program
    .command('resources')
    .description('Services of other repositories, which bring scopes and roles');
  resources
    .command('list')
    .description('List the resource servers, by name')
    .option('--limit <rows>', 'at most so many', rowCount, 100)
    .option(...jsonOption)
    .action(list);
  resources
    .command('add')
    .description('Register a resource server, or replace its registration')
    .argument('<name>')
    .option(
      '--audience <audience>',
      'the aud of its tokens, such as its address; its name if not given',
    )
    .requiredOption('--scope <scope=description>', 'a scope; again for each', described)
    .option('--role <role=description>', 'a role; again for each', described, {})
    .action(add);
  resources
    .command('remove')
    .description('The next tokens are without its scopes and roles')
    .argument('<name>')
    .option(...yesOption)
    .action(remove);
}

async function list(options: OutputOptions & { limit: number }): Promise<void> {
  const { limit } = options;
  const { rows, isMore } = await firstRows(limit, ({ resources }, page) => resources.list(page));
  const names = rows.map((row) => ({
    ...row,
    scopes: Object.keys(row.scopes),
    roles: Object.keys(row.roles),
  }));
  printRows(options.json ? rows.map((row) => ({ ...row })) : names, COLUMNS, options);
  if (isMore) note(`more than ${limit}: use a higher --limit`);
}

async function add(typed: string, { scope: scopes, role: roles, audience }: AddOptions) {
  const { name } = parse(resourceParams, { name: typed });
  const body = parse(resourceBody, { ...(audience ? { audience } : {}), scopes, roles });
  await withOperations(async ({ resources, readNamesOfServices }) => {
    await readNamesOfServices();
    await resources.save(toResource(name, body), auditContext());
  });
  print(`${name} registered: every instance grants its scopes within seconds`);
}

async function remove(name: string, options: Asking): Promise<void> {
  await mustConfirm(`No token gets the scopes of ${name} any more.`, options);
  await withOperations(({ resources }) => resources.remove(name, auditContext()));
  print(`${name} removed`);
}
