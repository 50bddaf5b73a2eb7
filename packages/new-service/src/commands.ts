import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs one command at the root, quietly; what it printed is told when it fails. */
export const commandsIn =
  (cwd: string) =>
  async (command: string, ...words: string[]): Promise<void> => {
    try {
      await promisify(execFile)(command, words, { cwd, maxBuffer: 64 * 1024 * 1024 });
    } catch (error) {
      const { stdout = '', stderr = '', message } = error as Error & Record<string, string>;
      const printed = `${stdout}${stderr}`.trim() || message;
      throw new Error(
        `${command} ${words.join(' ')} failed; run new-service again once it works.\n${printed}`,
      );
    }
  };
