import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readServiceJson, readServices } from '@latchkey/service-kit/joining/service-json';
import { afterAll, describe, expect, it } from 'vitest';
import { parseWanted } from '../src/arguments.ts';
import { planService } from '../src/plan.ts';
import { renderFiles } from '../src/render.ts';

const root = join(import.meta.dirname, '../../..');
const services = readServices(join(root, 'services'));
const CALL = ['--calls', 'todo-service:todo:read'];
const MOST_LINES = 150;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Writes what new-service would, formatted, to a folder of its own in this package. */
function written(...words: string[]) {
  const plan = planService(parseWanted(['ledger', ...words]), services);
  const folder = mkdtempSync(join(import.meta.dirname, 'written-'));
  folders.push(folder);
  const paths = [...renderFiles(plan, { zod: '1.0.0', prisma: '1.0.0' })].map(([path, text]) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    return path;
  });
  execFileSync('biome', ['check', '--write', '--vcs-enabled=false', folder], { stdio: 'pipe' });
  const textOf = (path: string) => readFileSync(join(folder, path), 'utf8');
  return { folder, paths, textOf, plan };
}

/** What a team has to read: no tests, blank lines or comments. */
const codeLines = (text: string) =>
  text.split('\n').filter((line) => !/^\s*($|\/\/|\/\*|\*|#)/.test(line)).length;

describe.each([
  [[], 'caller-routes.ts'],
  [['--database'], 'entry-routes.ts'],
  [CALL, 'call-routes.ts'],
  [['--database', ...CALL], 'entry-routes.ts'],
  [['--mcp'], 'caller-tools.ts'],
  [['--mcp', '--database', ...CALL], 'entry-tools.ts'],
  [['--language', 'python'], 'main.py'],
  [['--external', 'https://ledger.example.com'], 'service.json'],
])('new-service ledger %s', (words: string[], file) => {
  const { folder, paths, textOf, plan } = written(...words);

  it('has its files, filled in', () => {
    expect(paths.map((path) => path.split('/').at(-1))).toContain(file);
    for (const path of paths) expect(textOf(path)).not.toMatch(/\{\{|python-service"|\/notes/);
  });

  it('has a service.json that fits in', () => {
    const service = readServiceJson(join(folder, 'services/ledger-service/service.json'));
    expect(service).toMatchObject({ name: 'ledger-service', routes: ['/ledger'] });
    expect(service.url).toBe(plan.url);
    const isAsked = words.includes('--mcp') && words.includes('--calls');
    expect(service.client?.exchanges).toEqual(
      isAsked ? { 'ledger:read': ['todo:read'] } : undefined,
    );
    expect(() =>
      planService(parseWanted(['ledger', ...words]), [...services, service]),
    ).not.toThrow();
    expect(() =>
      planService(parseWanted(['ledger', ...CALL, ...CALL]), [...services, service]),
    ).toThrow('ledger-service is taken');
  });

  it(`is under ${MOST_LINES} lines of code`, () => {
    const ours = paths.filter((path) => /\/src\/.*\.ts$|\/main\.py$/.test(path));
    const lines = ours.reduce((sum, path) => sum + codeLines(textOf(path)), 0);
    expect(lines).toBeLessThan(MOST_LINES);
    process.stdout.write(`${words.join(' ')}: ${lines} lines of code\n`);
  });
});
