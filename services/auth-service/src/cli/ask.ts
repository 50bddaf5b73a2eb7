import { text } from 'node:stream/consumers';
import { confirm, password } from '@inquirer/prompts';

export interface Asking {
  yes?: boolean;
}

/** Of every command that cannot be taken back. */
export const yesOption = ['-y, --yes', 'do not ask'] as const;

const onStderr = { output: process.stderr };

/** @throws Error unless confirmed at the terminal or by `--yes` */
export async function mustConfirm(what: string, { yes }: Asking): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw new Error(`${what} Say --yes to do it.`);
  const message = `${what} Go on?`;
  if (!(await confirm({ message, default: false }, onStderr))) throw new Error('nothing was done');
}

/** Asked for twice and not shown, or read from standard input. */
export async function readPassword({ passwordStdin }: { passwordStdin?: boolean }) {
  if (passwordStdin) return (await text(process.stdin)).replace(/\r?\n$/, '');
  if (!process.stdin.isTTY) throw new Error('Give the password with --password-stdin.');
  const first = await password({ message: 'Password', mask: true }, onStderr);
  const second = await password({ message: 'The same again', mask: true }, onStderr);
  if (first !== second) throw new Error('The two are not the same; nothing was done.');
  return first;
}
