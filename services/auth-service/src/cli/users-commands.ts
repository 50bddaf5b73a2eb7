import { type Command, Option } from 'commander';
import { z } from 'zod';
import { accountFilters, ROLES, roles, toAccountAnswer } from '../accounts/user-admin-schemas.ts';
import { newUsername } from '../names/username-rules.ts';
import { newPassword } from '../passwords/password-rules.ts';
import { toSessionAnswer } from '../sessions/session-schemas.ts';
import { type Asking, mustConfirm, readPassword, yesOption } from './ask.ts';
import { addImportCommand } from './import-command.ts';
import { auditContext, firstRows, type Operations, withOperations } from './operations.ts';
import { jsonOption, note, type OutputOptions, print, printOne, printRows } from './output.ts';
import { parse, rowCount } from './parse.ts';

const ACCOUNT_COLUMNS = ['id', 'username', 'roles', 'createdAt', 'deactivatedAt', 'deletedAt'];
const SESSION_COLUMNS = ['id', 'client_id', 'device', 'address', 'createdAt', 'lastUsedAt'];

const newPerson = z.object({ username: newUsername, password: newPassword, roles });

/** `users …` */
export function addUsersCommands(program: Command): void {
  const users = program.command('users').description('People and their accounts');
  users
    .command('create')
    .description('Make an account; with --role admin the first administrator')
    .argument('<username>')
    .addOption(
      new Option('--role <role...>', 'besides user').choices(ROLES).default([], 'user alone'),
    )
    .option('--password-stdin', 'read the password from standard input')
    .action(create);
  users
    .command('find')
    .description('List accounts, the oldest first')
    .argument('[beginning]', 'how the username begins')
    .option('--limit <rows>', 'at most so many', rowCount, 100)
    .option(...jsonOption)
    .action(find);
  users
    .command('show')
    .description('Show an account and where it is signed in')
    .argument('<username>')
    .option(...jsonOption)
    .action(show);
  users
    .command('roles')
    .description("Set a person's roles")
    .argument('<username>')
    .argument('<role...>', `of ${ROLES.join(', ')}`)
    .action(setRoles);
  users
    .command('deactivate')
    .description('No login and no refresh until it is reactivated')
    .argument('<username>')
    .option(...yesOption)
    .action(deactivate);
  users
    .command('reactivate')
    .description('Let a person log in again')
    .argument('<username>')
    .action((username: string) => act(username, 'reactivated', reactivate));
  users
    .command('delete')
    .description('Delete an account for good')
    .argument('<username>')
    .option(...yesOption)
    .action(remove);
  users
    .command('end-sessions')
    .description('Sign a person out everywhere')
    .argument('<username>')
    .option(...yesOption)
    .action(endSessions);
  addImportCommand(users);
}

async function create(
  username: string,
  { role, passwordStdin }: { role: string[]; passwordStdin?: boolean },
): Promise<void> {
  parse(newUsername, username);
  const password = await readPassword(passwordStdin ? { passwordStdin } : {});
  const person = parse(newPerson, { username, password, roles: ['user', ...role] });
  await withOperations(async ({ accounts, readNamesOfServices }) => {
    await readNamesOfServices();
    await accounts.register(person, auditContext());
  });
  print(`${person.username} created (${person.roles.join(', ')})`);
}

async function find(beginning: string | undefined, options: OutputOptions & { limit: number }) {
  const filters = parse(accountFilters, { search: beginning });
  const { limit } = options;
  const { rows, isMore } = await firstRows(limit, ({ users }, page) => users.list(filters, page));
  printRows(rows.map(toAccountAnswer), ACCOUNT_COLUMNS, options);
  if (isMore) note(`more than ${limit}: give the beginning of the name, or a higher --limit`);
}

async function show(username: string, options: OutputOptions): Promise<void> {
  const [account, sessions] = await withOperations(async ({ users }) => {
    const found = await users.readNamed(username);
    return [found, await users.sessions(found.id)] as const;
  });
  const answers = sessions.map((session) => toSessionAnswer(session, undefined));
  if (options.json) {
    printOne({ ...toAccountAnswer(account), sessions: answers }, options);
  } else {
    printOne(toAccountAnswer(account), options);
    print('\nsessions');
    printRows(answers, SESSION_COLUMNS, options);
  }
}

async function setRoles(username: string, names: string[]): Promise<void> {
  const change = { roles: parse(roles, names) };
  await act(username, `has the roles ${change.roles.join(', ')}`, ({ users }, { id }) =>
    users.change(id, change, auditContext()),
  );
}

async function deactivate(username: string, options: Asking): Promise<void> {
  await mustConfirm(`${username} is signed out everywhere and kept out.`, options);
  await act(username, 'deactivated', ({ users }, { id }) =>
    users.change(id, { active: false }, auditContext()),
  );
}

const reactivate = ({ users }: Operations, { id }: Found) =>
  users.change(id, { active: true }, auditContext());

async function remove(username: string, options: Asking): Promise<void> {
  await mustConfirm(
    `The account ${username} ends for good, and nobody gets the name again.`,
    options,
  );
  await act(username, 'deleted', ({ users }, { id }) => users.remove(id, auditContext()));
}

async function endSessions(username: string, options: Asking): Promise<void> {
  await mustConfirm(`${username} is signed out everywhere.`, options);
  await act(username, 'signed out everywhere', ({ users }, { id }) =>
    users.endSessions(id, auditContext()),
  );
}

interface Found {
  id: number;
}

/** Runs an operation on one person and prints the result. */
async function act(
  username: string,
  done: string,
  work: (operations: Operations, account: Found) => Promise<unknown>,
): Promise<void> {
  const account = await withOperations(async (operations) => {
    const found = await operations.users.readNamed(username);
    await work(operations, found);
    return found;
  });
  print(`${account.username} ${done}`);
}
