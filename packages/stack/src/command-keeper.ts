/**
 * Runs a service's `command` as its child, and ends it when the stack says so or is gone: a program
 * in another language would outlive a stack that was killed. Arguments: the program and its own.
 */
import { spawn } from 'node:child_process';

const GRACE_MS = 10_000;
const [program = '', ...parameters] = process.argv.slice(2);
const child = spawn(program, parameters, { stdio: 'inherit' });

child.on('error', (error) => {
  process.stderr.write(`Error: cannot run ${program}: ${error.message}\n`);
  process.exit(127);
});
child.on('exit', (code) => process.exit(code ?? 1));
for (const event of ['SIGTERM', 'disconnect']) {
  process.once(event, () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  });
}
