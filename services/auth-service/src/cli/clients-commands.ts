import { type Command, Option } from 'commander';
import {
  clientAdminSchemas,
  toChange,
  toClientAnswer,
  toRegistration,
  toSecretAnswer,
} from '../clients/client-admin-schemas.ts';
import { type Asking, mustConfirm, yesOption } from './ask.ts';
import { auditContext, firstRows, withOperations } from './operations.ts';
import { jsonOption, note, type OutputOptions, print, printOne, printRows } from './output.ts';
import { parse, rowCount } from './parse.ts';
import { readJson } from './read-json.ts';

interface CreateOptions extends OutputOptions {
  id?: string;
  name: string;
  authentication: string;
  grant: string[];
  scope: string[];
  redirectUri: string[];
  postLogoutUri: string[];
  backchannelLogoutUri?: string;
  backchannelLogoutSessionRequired: boolean;
  jwks?: string;
  firstParty: boolean;
}

interface ChangeOptions {
  name?: string;
  scope?: string[];
  redirectUri?: string[];
  postLogoutUri?: string[];
  backchannelLogoutUri?: string | false;
}

const COLUMNS = ['client_id', 'name', 'authentication', 'grant_types', 'disabledAt'];

/** `clients …` */
export function addClientsCommands(program: Command): void {
  const clients = program.command('clients').description('Programs that ask for tokens');
  clients
    .command('list')
    .description('List the clients, by id')
    .option('--limit <rows>', 'at most so many', rowCount, 100)
    .option(...jsonOption)
    .action(list);
  clients
    .command('show')
    .description('Show a client')
    .argument('<id>')
    .option(...jsonOption)
    .action(show);
  clients
    .command('create')
    .description('Register a client; its secret is shown once')
    .requiredOption('--name <name>', 'what people call it')
    .option('--id <id>', 'its client_id; a random one by default')
    .option('--authentication <method>', 'how it proves itself', 'client_secret_basic')
    .addOption(new Option('--grant <grant...>', 'the grants that it may use').default([]))
    .addOption(new Option('--scope <scope...>', 'the most that it may be given').default([]))
    .addOption(new Option('--redirect-uri <uri...>', 'https, or http on loopback').default([]))
    .addOption(
      new Option('--post-logout-uri <uri...>', 'where people go after signing out').default([]),
    )
    .option('--backchannel-logout-uri <uri>', 'where it is told that a session ended')
    .option('--backchannel-logout-session-required', 'it wants to know which session', false)
    .option('--jwks <file>', 'its public keys, for private_key_jwt')
    .option('--first-party', 'it is ours, and may ask people for their passwords', false)
    .option(...jsonOption)
    .action(create);
  clients
    .command('change')
    .description('Change a client; what is not named stays')
    .argument('<id>')
    .option('--name <name>')
    .option('--scope <scope...>', 'in place of those that it has')
    .option('--redirect-uri <uri...>', 'in place of those that it has')
    .option('--post-logout-uri <uri...>', 'in place of those that it has')
    .option('--backchannel-logout-uri <uri>', 'where it is told that a session ended')
    .option('--no-backchannel-logout-uri', 'it is not told any more')
    .action(change);
  clients
    .command('rotate-secret')
    .description('Give it a new secret; the old one stops at once')
    .argument('<id>')
    .option(...yesOption)
    .option(...jsonOption)
    .action(rotateSecret);
  clients
    .command('disable')
    .description('It gets no more tokens, and those that it has end')
    .argument('<id>')
    .option(...yesOption)
    .action(disable);
  clients
    .command('enable')
    .description('It may ask for tokens again')
    .argument('<id>')
    .action(enable);
}

async function list(options: OutputOptions & { limit: number }): Promise<void> {
  const { limit } = options;
  const { rows, isMore } = await firstRows(limit, ({ clients }, page) => clients.list(page));
  printRows(rows.map(toClientAnswer), COLUMNS, options);
  if (isMore) note(`more than ${limit}: use a higher --limit`);
}

async function show(id: string, options: OutputOptions): Promise<void> {
  printOne(toClientAnswer(await withOperations(({ clients }) => clients.read(id))), options);
}

async function create({ id, jwks: file, ...options }: CreateOptions): Promise<void> {
  const jwks = file === undefined ? {} : { jwks: await readJson(file) };
  const given = {
    ...(id === undefined ? {} : { client_id: id }),
    name: options.name,
    authentication: options.authentication,
    ...jwks,
    grant_types: options.grant,
    scopes: options.scope,
    redirect_uris: options.redirectUri,
    post_logout_redirect_uris: options.postLogoutUri,
    ...(options.backchannelLogoutUri === undefined
      ? {}
      : { backchannel_logout_uri: options.backchannelLogoutUri }),
    backchannel_logout_session_required: options.backchannelLogoutSessionRequired,
    firstParty: options.firstParty,
  };
  const made = await withOperations(async ({ clients, readCatalog, readNamesOfServices }) => {
    const body = parse(clientAdminSchemas(await readCatalog()).createBody, given);
    await readNamesOfServices();
    return clients.create(toRegistration(body), auditContext());
  });
  printOne(toSecretAnswer(made), options);
}

async function change(id: string, options: ChangeOptions): Promise<void> {
  const { name, scope, redirectUri, postLogoutUri, backchannelLogoutUri } = options;
  const given = {
    ...(name === undefined ? {} : { name }),
    ...(scope === undefined ? {} : { scopes: scope }),
    ...(redirectUri === undefined ? {} : { redirect_uris: redirectUri }),
    ...(postLogoutUri === undefined ? {} : { post_logout_redirect_uris: postLogoutUri }),
    ...(backchannelLogoutUri === undefined
      ? {}
      : { backchannel_logout_uri: backchannelLogoutUri || null }),
  };
  await withOperations(async ({ clients, readCatalog }) => {
    const body = parse(clientAdminSchemas(await readCatalog()).changeBody, given);
    return clients.change(id, toChange(body), auditContext());
  });
  print(`${id} changed`);
}

async function rotateSecret(id: string, options: Asking & OutputOptions): Promise<void> {
  await mustConfirm(`The secret that ${id} has stops at once.`, options);
  const made = await withOperations(({ clients }) => clients.rotateSecret(id, auditContext()));
  printOne(toSecretAnswer(made), options);
}

async function disable(id: string, options: Asking): Promise<void> {
  await mustConfirm(`${id} gets no more tokens, and those that it has end.`, options);
  await withOperations(({ clients }) => clients.change(id, { disabled: true }, auditContext()));
  print(`${id} disabled`);
}

async function enable(id: string): Promise<void> {
  await withOperations(({ clients }) => clients.change(id, { disabled: false }, auditContext()));
  print(`${id} enabled`);
}
