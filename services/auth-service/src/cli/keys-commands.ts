import type { Command } from 'commander';
import { toKeyAnswer } from '../keys/key-schemas.ts';
import { type Asking, mustConfirm, yesOption } from './ask.ts';
import { auditContext, withOperations } from './operations.ts';
import { jsonOption, type OutputOptions, print, printRows } from './output.ts';

const COLUMNS = ['id', 'algorithm', 'state', 'createdAt', 'activatedAt', 'retiredAt', 'goneAt'];

/** `keys …` */
export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('The keys that sign tokens');
  keys
    .command('list')
    .description('List the keys, the oldest first, past ones included')
    .option(...jsonOption)
    .action(list);
  keys
    .command('rotate')
    .description('Let the next key sign now; what the old one signed stays good')
    .action(rotate);
  keys
    .command('remove')
    .description('Take a compromised key out at once: what it signed is refused')
    .argument('<id>')
    .option(...yesOption)
    .action(remove);
}

async function list(options: OutputOptions): Promise<void> {
  const keys = await withOperations(async (operations) => (await operations.keys()).list());
  printRows(keys.map(toKeyAnswer), COLUMNS, options);
}

async function rotate(): Promise<void> {
  await withOperations(async ({ keys }) => (await keys()).rotate(auditContext()));
  print('the next key signs, in every instance within seconds');
}

async function remove(id: string, options: Asking): Promise<void> {
  await mustConfirm(`Every token that ${id} signed is refused from now on.`, options);
  await withOperations(async ({ keys }) => (await keys()).remove(id, auditContext()));
  print(
    `${id} removed: services refuse what it signed, those that do not follow the status lists with their next look at the keys`,
  );
}
