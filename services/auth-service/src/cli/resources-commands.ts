import { type Command, Option } from 'commander';
import {
  resourceBody,
  resourceParams,
  toResource,
  toResourceClient,
} from '../resources/resource-schemas.ts';
import { type Asking, mustConfirm, yesOption } from './ask.ts';
import { auditContext, firstRows, withOperations } from './operations.ts';
import { jsonOption, note, type OutputOptions, print, printRows } from './output.ts';
import { parse, rowCount } from './parse.ts';
import { readJson } from './read-json.ts';

interface AddOptions {
  audience?: string;
  scope: Record<string, string>;
  role: Record<string, string>;
  clientJwks?: string;
  clientScope: string[];
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
    .option(
      '--client-jwks <file>',
      'its public keys: it may introspect and exchange tokens that are for it',
    )
    .addOption(
      new Option(
        '--client-scope <scope...>',
        'what it may ask other services for, on a person’s behalf',
      ).default([]),
    )
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

async function add(typed: string, options: AddOptions) {
  const { scope: scopes, role: roles, audience, clientJwks, clientScope } = options;
  const { name } = parse(resourceParams, { name: typed });
  if (clientScope.length > 0 && !clientJwks) throw new Error('--client-scope needs --client-jwks');
  const client = clientJwks
    ? { client: { jwks: await readJson(clientJwks), scopes: clientScope } }
    : {};
  const given = { ...(audience ? { audience } : {}), scopes, roles, ...client };
  const body = parse(resourceBody, given);
  await withOperations(async ({ resources, readNamesOfServices }) => {
    await readNamesOfServices();
    await resources.save(toResource(name, body), toResourceClient(body), auditContext());
  });
  print(`${name} registered: every instance grants its scopes within seconds`);
}

async function remove(name: string, options: Asking): Promise<void> {
  await mustConfirm(`No token gets the scopes of ${name} any more.`, options);
  await withOperations(({ resources }) => resources.remove(name, auditContext()));
  print(`${name} removed`);
}
