import type { Command } from 'commander';
import { toAppAnswer } from '../apps/app-schemas.ts';
import { type Asking, mustConfirm, yesOption } from './ask.ts';
import { auditContext, withOperations } from './operations.ts';
import { jsonOption, type OutputOptions, print, printRows } from './output.ts';

const COLUMNS = ['client_id', 'name', 'scopes', 'since', 'lastUsedAt'];

/** `users apps`, `users end-app` */
export function addAppsCommands(users: Command): void {
  users
    .command('apps')
    .description('List the apps of others that a person gave access')
    .argument('<username>')
    .option(...jsonOption)
    .action(list);
  users
    .command('end-app')
    .description("End an app's access to a person's account")
    .argument('<username>')
    .argument('<client-id>')
    .option(...yesOption)
    .action(end);
}

async function list(username: string, options: OutputOptions): Promise<void> {
  const found = await withOperations(async ({ users, apps, readCatalog }) => {
    const toAnswer = toAppAnswer((await readCatalog())());
    return (await apps.list(await users.readNamed(username))).map(toAnswer);
  });
  printRows(found, COLUMNS, options);
}

async function end(username: string, clientId: string, options: Asking): Promise<void> {
  await mustConfirm(`${clientId} has no access to the account ${username} any more.`, options);
  await withOperations(async ({ users, apps }) =>
    apps.end(await users.readNamed(username), clientId, auditContext()),
  );
  print(`${clientId} has no access to ${username} any more`);
}
