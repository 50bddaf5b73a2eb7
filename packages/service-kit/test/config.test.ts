import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type ConfigError, parseEnv, url, wholeNumber } from '../src/process/config.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const schema = z.object({ SECRET: z.string(), COUNT: wholeNumber(1, 9).default(3), AT: url });
const problemsOf = (env: Record<string, string>) => {
  try {
    parseEnv(schema, env);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
};

describe('parseEnv', () => {
  it('reads values, files, and defaults; an empty variable is absent', () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'from a file\n');
    const env = { SECRET_FILE: path, COUNT: '', AT: 'https://example.com/' };
    expect(parseEnv(schema, env)).toEqual({
      SECRET: 'from a file',
      COUNT: 3,
      AT: 'https://example.com',
    });
  });

  it('names every problem at once, by variable', () => {
    const problems = problemsOf({ SECRET_FILE: join(folder, 'none'), COUNT: '10', AT: 'ftp://x' });
    expect(problems.map((line) => line.split(':')[0]).toSorted()).toEqual([
      'AT',
      'COUNT',
      'SECRET',
      'SECRET_FILE',
    ]);
  });

  it.each(['0', '10', '1.5', '-1', '0x5', ' 5', '1e0'])('refuses the count %j', (COUNT) => {
    expect(problemsOf({ SECRET: 's', AT: 'http://x', COUNT })).toEqual([
      'COUNT: must be a whole number from 1 to 9',
    ]);
  });

  it('refuses a value and a file for it, and repeats neither', () => {
    const [problem] = problemsOf({ SECRET: 'hush', SECRET_FILE: '/x', AT: 'http://x' });
    expect(problem).toBe('SECRET: set either SECRET or SECRET_FILE, not both');
  });
});
