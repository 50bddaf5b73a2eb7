/** What an operator does beside the running service: `auth <command> …`. */

import { Problem } from '@latchkey/service-kit/http/problems';
import { Command, CommanderError } from 'commander';
import { addAuditCommand } from './audit-command.ts';
import { addClientsCommands } from './clients-commands.ts';
import { addKeysCommands } from './keys-commands.ts';
import { addResourcesCommands } from './resources-commands.ts';
import { addUsersCommands } from './users-commands.ts';

/** What was asked for could not be done; 1 says that it was done in part. */
const FAILED = 2;

const program = new Command('auth')
  .description("auth-service's commands for operators")
  .exitOverride();
addUsersCommands(program);
addClientsCommands(program);
addResourcesCommands(program);
addKeysCommands(program);
addAuditCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = FAILED;
  // Commander has said what it has to say, be it help or what is wrong.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : FAILED;
  else process.stderr.write(`auth: ${lineOf(error)}\n`);
}

function lineOf(error: unknown): string {
  if (error instanceof Problem) return error.detail;
  if ((error as Error).name === 'ExitPromptError') return 'nothing was done';
  const { code, message, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return `file not found: ${path}`;
  return message.trim().split('\n').at(-1) ?? 'failed';
}
