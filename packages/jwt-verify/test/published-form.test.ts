import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestIssuer, type TestIssuer } from '../src/testing.ts';

const PACKAGE = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const bin = (name: string) => join(PACKAGE, 'node_modules/.bin', name);
const tscOf = () => join(require.resolve('typescript/package.json'), '../bin/tsc');

let folder: string;
let installed: string;
let tarball: string;
let issuer: TestIssuer;
const inProject = (command: string, args: string[], env: Record<string, string> = {}) =>
  spawnSync(command, args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } });

// Built and packed as for the registry, then installed with npm where nothing else is.
beforeAll(async () => {
  issuer = await startTestIssuer();
  folder = mkdtempSync(join(tmpdir(), 'jwt-verify-'));
  // The pnpm that runs this test: a second npx below the first may wait for it for ever.
  execFileSync('pnpm', ['pack', '--pack-destination', folder], {
    cwd: PACKAGE,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  // Its one dependency comes from this workspace: a test asks no registry.
  const parser = join(PACKAGE, 'node_modules/eventsource-parser');
  const packed = execFileSync('npm', ['pack', parser, '--ignore-scripts', '--silent'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const tarballs = [tarball, join(folder, packed.trim())];
  const install = ['install', '--offline', '--no-audit', '--no-fund', ...tarballs];
  execFileSync('npm', install, { cwd: folder, stdio: 'pipe', timeout: 60_000 });
  installed = join(folder, 'node_modules/@latchkey/jwt-verify');
}, 120_000);
afterAll(async () => {
  await issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

const API_PAGES = readdirSync(join(PACKAGE, 'docs/api')).map((file) => `docs/api/${file}`);

/** Those in the text, and as GitHub and npm make them out of the headings: `name`, `name-1`, ... */
const anchorsOf = (markdown: string): string[] => {
  const written = [...markdown.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id);
  const times = new Map<string, number>();
  const ofHeadings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const count = times.get(anchor) ?? 0;
    times.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
  return [...written, ...ofHeadings];
};

describe('the published form', () => {
  test('depends on one package, pinned, and holds nothing but what is built', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    expect(manifest.dependencies).toEqual({ 'eventsource-parser': '3.1.1' });
    expect(readdirSync(installed).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'package.json',
    ]);
    expect(
      readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')),
    ).toEqual(['@latchkey', 'eventsource-parser']);
  });

  test('publint and attw find nothing', () => {
    expect(inProject(bin('publint'), ['--strict', tarball]).stdout).toContain('All good!');
    // The types resolve in every way there is; that CommonJS gets ES modules is how it is meant.
    const flags = ['--ignore-rules', 'cjs-resolves-to-esm', '--format', 'json'];
    const attw = inProject(bin('attw'), [tarball, ...flags]);
    expect([attw.status, attw.stderr]).toEqual([0, '']);
  }, 60_000);

  test.each(['README.md', 'docs/errors.md', ...API_PAGES])(
    'the links of %s lead somewhere',
    (file) => {
      const text = readFileSync(join(installed, file), 'utf8').replace(/```[\s\S]*?```/g, '');
      const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
      if (file === 'README.md') expect(links.length).toBeGreaterThan(1);
      for (const link of links.filter((target) => !/^https:/.test(target))) {
        const [path = '', anchor] = link.split('#');
        const target = join(installed, path === '' ? file : join(dirname(file), path));
        expect(existsSync(target), link).toBe(true);
        if (anchor !== undefined) expect(anchorsOf(readFileSync(target, 'utf8'))).toContain(anchor);
      }
    },
  );

  test('every entry point runs from an empty project', () => {
    writeFileSync(
      join(folder, 'use.js'),
      `import { createVerifier, TokenError } from '@latchkey/jwt-verify';
       import { requireToken } from '@latchkey/jwt-verify/express';
       import * as fastify from '@latchkey/jwt-verify/fastify';
       import * as node from '@latchkey/jwt-verify/node';
       import * as fetchStyle from '@latchkey/jwt-verify/fetch';
       import { startTestIssuer } from '@latchkey/jwt-verify/testing';
       const issuer = await startTestIssuer();
       const verifier = createVerifier(issuer.verifierOptions());
       const { subject } = await verifier.verify(issuer.mint());
       let refused;
       try { verifier.verifySync('x'); } catch (error) { refused = error instanceof TokenError && error.code; }
       verifier.close();
       await issuer.close();
       console.log(JSON.stringify([subject, refused, typeof requireToken(verifier), typeof fastify.requireToken, typeof node.withToken, typeof fetchStyle.withToken]));`,
    );
    const run = inProject(process.execPath, ['use.js']);
    expect(run.stderr).toBe('');
    expect(JSON.parse(run.stdout)).toEqual([
      'test-user',
      'token_malformed',
      'function',
      'function',
      'function',
      'function',
    ]);
  });

  test('CommonJS requires every entry point', () => {
    const entries = ['', '/express', '/express-types', '/fastify', '/node', '/fetch', '/testing'];
    const code = entries.map((entry) => `require('@latchkey/jwt-verify${entry}');`).join('\n');
    writeFileSync(join(folder, 'use.cjs'), code);
    const run = inProject(process.execPath, ['--disable-warning=ExperimentalWarning', 'use.cjs']);
    expect([run.status, run.stderr]).toEqual([0, '']);
  });

  test('its types stand by themselves', () => {
    writeFileSync(
      join(folder, 'use.ts'),
      `import { createVerifier, type Verifier } from '@latchkey/jwt-verify';
       import { requireToken, tokenOf } from '@latchkey/jwt-verify/express';
       const verifier: Verifier = createVerifier({ issuer: 'https://a.example', audience: 'b', algorithms: ['ES256'] });
       const subject: string = verifier.verifySync('x').subject;
       // @ts-expect-error an unverified object is no verified token
       const forged: ReturnType<typeof verifier.verifySync> = { claims: { exp: 1 } };
       export { requireToken, tokenOf, subject, forged };`,
    );
    const types = join(PACKAGE, '../../node_modules/@types');
    const flags = '--noEmit --strict --target es2023 --module nodenext --types node'.split(' ');
    const run = inProject(process.execPath, [tscOf(), ...flags, '--typeRoots', types, 'use.ts']);
    expect(run.stdout).toBe('');
  }, 60_000);

  test.each([
    ['accepted', 0, {}, []],
    ['refused (audience_mismatch)', 1, { claims: { aud: 'other' } }, []],
    ['refused (token_expired)', 1, { lifetimeSeconds: -5 }, []],
    ['accepted', 0, { lifetimeSeconds: -5 }, ['--tolerance', '60']],
  ] as const)('its command explains: %s', async (verdict, status, mint, flags) => {
    // The key set is handed over as a file: a synchronous child could not reach this process.
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(issuer.jwks()));
    const options = [
      '--issuer',
      issuer.issuer,
      '--audience',
      issuer.audience,
      '--jwks',
      'keys.json',
    ];
    const args = ['--no-install', 'jwt-verify', issuer.mint(mint), ...options, ...flags];
    const run = inProject('npx', args);
    expect(run.stdout.trimEnd().split('\n').at(-1)).toBe(verdict);
    expect(run.status).toBe(status);
    expect(run.stdout).toContain('✓ form');
  });
});
