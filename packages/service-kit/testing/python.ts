import { execFileSync } from 'node:child_process';

/** Debian's packages are there for the system's Python, which need not be the first in PATH. */
export const pythonPath = `/usr/bin:${process.env.PATH}`;

/** Whether `python3` has all of these modules; says so where a test is skipped for want of them. */
export function hasPython(...modules: string[]): boolean {
  try {
    const env = { ...process.env, PATH: pythonPath };
    execFileSync('python3', ['-c', `import ${modules.join(', ')}`], { env, stdio: 'ignore' });
    return true;
  } catch {
    process.stdout.write(`skipped: python3 lacks one of ${modules.join(', ')} here\n`);
    return false;
  }
}
