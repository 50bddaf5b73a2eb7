import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs';

const MAX_FILE_BYTES = 10 * 1024 * 1024;
const KEPT_LINES = 20;

export interface ServiceLog {
  line(text: string): void;
  /** The last lines, for when a service ends too soon. */
  last(): readonly string[];
  /** For a new process: the lines of the one before are in the file. */
  forget(): void;
}

/**
 * A log file that is rotated at 10 MB, with one older file kept. It writes synchronously: a start that
 * fails ends this process at once, and its last lines say why.
 */
export function openServiceLog(path: string): ServiceLog {
  let bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const recent: string[] = [];
  return {
    line(text) {
      recent.push(text);
      if (recent.length > KEPT_LINES) recent.shift();
      try {
        if (bytes > MAX_FILE_BYTES) {
          rmSync(`${path}.1`, { force: true });
          renameSync(path, `${path}.1`);
          bytes = 0;
        }
        appendFileSync(path, `${text}\n`);
        bytes += Buffer.byteLength(text) + 1;
      } catch {
        // A full disk costs lines of a log, not the stack.
      }
    },
    last: () => recent,
    forget: () => {
      recent.length = 0;
    },
  };
}
