import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const clockTickUs = () => 1e6 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
let tickUs: number | undefined;

/** CPU time that a process has taken, user and system together, in µs. Linux only. */
export const cpuTimeUs = (pid: number): number => {
  tickUs ??= clockTickUs();
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickUs;
};
