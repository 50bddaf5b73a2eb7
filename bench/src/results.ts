import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Where and when something was measured. */
export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly date: string;
}

export const machine = (): Machine => ({
  node: process.version,
  cpu: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores`,
  date: new Date().toISOString().slice(0, 10),
});

/** Print a report, and keep it in bench/results unless the run was too short to be kept. */
export const publish = (name: string, report: object, text: string, short: boolean): void => {
  process.stdout.write(text);
  if (short) return;
  const folder = `${import.meta.dirname}/../results`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/${name}.json`, `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(`${folder}/${name}.md`, text);
};
