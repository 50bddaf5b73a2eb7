import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { UserAdminOperations } from '../accounts/user-admin-operations.ts';
import { accountFilters, rolesSchema, toAccountAnswer } from '../accounts/user-admin-schemas.ts';
import { newUsername } from '../names/username-rules.ts';
import { newPassword } from '../passwords/password-rules.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import { toSessionAnswer } from '../sessions/session-schemas.ts';
import { addAppsCommands } from './apps-commands.ts';
import { type Asking, mustConfirm, readPassword, yesOption } from './ask.ts';
import { addImportCommand } from './import-command.ts';
import { auditContext, firstRows, withOperations } from './operations.ts';
import { jsonOption, note, type OutputOptions, print, printOne, printRows } from './output.ts';
import { parse, rowCount } from './parse.ts';

const ACCOUNT_COLUMNS = [
  'id',
  'username',
  'roles',
  'inactiveRoles',
  'createdAt',
  'deactivatedAt',
  'deletedAt',
];
const SESSION_COLUMNS = ['id', 'client_id', 'device', 'address', 'createdAt', 'lastUsedAt'];

const newPerson = (catalog: CurrentCatalog) =>
  z.object({ username: newUsername, password: newPassword, roles: rolesSchema(catalog) });

/** `users …` */
export function addUsersCommands(program: Command): void {
  const users = program.command('users').description('People and their accounts');
  users
    .command('create')
    .description('Make an account; with --role admin the first administrator')
    .argument('<username>')
    .addOption(new Option('--role <role...>', 'besides user').default([], 'user alone'))
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
    .argument('<role...>', 'such as user, admin, or one that a service brings')
    .action(setRoles);
  for (const act of ACCOUNT_ACTS) addAccountAct(users, act);
  addAppsCommands(users);
  addImportCommand(users);
}

async function create(
  username: string,
  { role, passwordStdin }: { role: string[]; passwordStdin?: boolean },
): Promise<void> {
  parse(newUsername, username);
  const password = await readPassword(passwordStdin ? { passwordStdin } : {});
  const given = { username, password, roles: ['user', ...role] };
  const person = await withOperations(async ({ accounts, readCatalog, readNamesOfServices }) => {
    await readNamesOfServices();
    const parsed = parse(newPerson(await readCatalog()), given);
    return accounts.register(parsed, auditContext());
  });
  print(`${person.username} created (${person.roles.join(', ')})`);
}

async function find(beginning: string | undefined, options: OutputOptions & { limit: number }) {
  const filters = parse(accountFilters, { search: beginning });
  const { limit } = options;
  const { rows, isMore } = await firstRows(limit, async ({ users, readCatalog }, page) => {
    const toAnswer = toAccountAnswer(await readCatalog());
    return (await users.list(filters, page)).map(toAnswer);
  });
  printRows(rows, ACCOUNT_COLUMNS, options);
  if (isMore) note(`more than ${limit}: give the beginning of the name, or a higher --limit`);
}

async function show(username: string, options: OutputOptions): Promise<void> {
  const [account, sessions] = await withOperations(async ({ users, readCatalog }) => {
    const found = await users.readNamed(username);
    const answer = toAccountAnswer(await readCatalog())(found);
    return [answer, await users.sessions(found.id)] as const;
  });
  const answers = sessions.map((session) => toSessionAnswer(session, undefined));
  if (options.json) {
    printOne({ ...account, sessions: answers }, options);
  } else {
    printOne(account, options);
    print('\nsessions');
    printRows(answers, SESSION_COLUMNS, options);
  }
}

async function setRoles(username: string, names: string[]): Promise<void> {
  const roles = [...new Set(names)];
  await onAccount(username, `has the roles ${roles.join(', ')}`, async (users, id, catalog) =>
    users.change(id, { roles: parse(rolesSchema(catalog), roles) }, auditContext()),
  );
}

type Work = (users: UserAdminOperations, id: number, catalog: CurrentCatalog) => Promise<unknown>;

interface AccountAct {
  name: string;
  description: string;
  /** Asked first; absent for what can be taken back. */
  warning?: (username: string) => string;
  done: string;
  work: Work;
}

const ACCOUNT_ACTS: AccountAct[] = [
  {
    name: 'deactivate',
    description: 'No login and no refresh until it is reactivated',
    warning: (username) => `${username} is signed out everywhere and kept out.`,
    done: 'deactivated',
    work: (users, id) => users.change(id, { active: false }, auditContext()),
  },
  {
    name: 'reactivate',
    description: 'Let a person log in again',
    done: 'reactivated',
    work: (users, id) => users.change(id, { active: true }, auditContext()),
  },
  {
    name: 'delete',
    description: 'Delete an account for good',
    warning: (username) => `The account ${username} ends for good, and nobody gets the name again.`,
    done: 'deleted',
    work: (users, id) => users.remove(id, auditContext()),
  },
  {
    name: 'end-sessions',
    description: 'Sign a person out everywhere',
    warning: (username) => `${username} is signed out everywhere.`,
    done: 'signed out everywhere',
    work: (users, id) => users.endSessions(id, auditContext()),
  },
  {
    name: 'reset-factors',
    description: 'Take away the second factors that a person lost',
    warning: (username) =>
      `${username} is signed out everywhere, and gets in with the password alone.`,
    done: 'has no second factor, and is signed out everywhere',
    work: (users, id) => users.resetFactors(id, auditContext(), 'en'),
  },
];

function addAccountAct(users: Command, { name, description, warning, done, work }: AccountAct) {
  const command = users.command(name).description(description).argument('<username>');
  if (warning) command.option(...yesOption);
  command.action(async (username: string, options: Asking) => {
    if (warning) await mustConfirm(warning(username), options);
    await onAccount(username, done, work);
  });
}

/** Works on one person's account and prints the result. */
async function onAccount(typed: string, done: string, work: Work): Promise<void> {
  const { username } = await withOperations(async ({ users, readCatalog }) => {
    const found = await users.readNamed(typed);
    await work(users, found.id, await readCatalog());
    return found;
  });
  print(`${username} ${done}`);
}
