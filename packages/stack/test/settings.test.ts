import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StartError } from '@latchkey/process/start-error';
import { expect, it } from 'vitest';
import { parseArguments } from '../src/arguments.ts';
import { parseSettings } from '../src/settings.ts';

const start = (words: string[], env: NodeJS.ProcessEnv = {}) =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, '../bin/start.js'), ...words], {
    env: { ...process.env, ...env },
  });

it.each(['abc', '80 80', '0x50', '1e3', '-1', '8080.5', '65536', ' '])(
  'PORT=%s is refused',
  (PORT) => {
    expect(() => parseSettings({ PORT })).toThrow(StartError);
    expect(() => parseSettings({ PORT })).toThrow(`it is "${PORT}"`);
  },
);

it.each([
  ['8081', 8081],
  ['0', 0],
  ['', 8080],
])('PORT=%s is taken', (PORT, port) => {
  expect(parseSettings({ PORT }).port).toBe(port);
});

it('a setting at fault is one line', async () => {
  await expect(start([], { PORT: 'abc' })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^\nLatchkey did not start\. PORT must be [^\n]+\n$/),
  });
});

it('arguments are named in one line, not ignored', async () => {
  await expect(start(['--port', '9000'])).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^\nLatchkey did not start\. [^\n]*--port 9000: set PORT[^\n]+\n$/,
    ),
  });
});

it('--help says what can be set, and starts nothing', async () => {
  const { stdout } = await start(['--help'], { PORT: 'abc' });
  expect(stdout).toBe(`${parseArguments(['-h']).help}\n`);
  expect(stdout).toMatch(/PORT .*DATA_DIR /s);
});
