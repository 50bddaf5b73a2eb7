import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from '../src/system.ts';

const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
const tour = /<!-- tour -->\n+```sh\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';

describe('the tour in the README', () => {
  let system: System;
  beforeAll(async () => {
    system = await startSystem();
  });
  afterAll(() => system?.stop());

  it('has seven commands that do what it says', async () => {
    const script = tour.replaceAll('http://localhost:8080', system.origin);
    expect(script.split(/\n(?=\S)/).filter((line) => line.trim())).toHaveLength(7);
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script]);
    expect(stdout).toContain('"title":"Buy milk"');
    expect(stdout).toContain('"subject":"Where is my milk?"');
    const answers = [...stdout.matchAll(/HTTP\/1.1 (\d+ [\w ]+)/g)].map(([, status]) => status);
    expect(answers).toEqual(['401 Unauthorized', '204 No Content', '401 Unauthorized']);
    expect(stdout.slice(stdout.indexOf('204 No Content'))).toContain('Could not validate user.');
  });
});
