import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doorWithToken } from '../src/door-with-token.ts';
import { LOGIN, type McpSystem, startMcpSystem } from '../src/mcp-system.ts';
import { signInAt } from '../src/script-browser.ts';
import { givenOrigin } from '../src/system.ts';

const require = createRequire(import.meta.url);
const packageJson = require.resolve('@modelcontextprotocol/conformance/package.json');
const referee = join(packageJson, '../dist/index.js');
const baseline = join(import.meta.dirname, 'mcp-baseline.yml');

const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [referee, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

async function outcomeOf(child: ChildProcess) {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('its output is not read');
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'exit')]);
  return { code, out: stripVTControlCharacters(out + err) };
}

describe.skipIf(givenOrigin)('the referee of the Model Context Protocol', () => {
  let system: McpSystem;
  beforeAll(async () => {
    system = await startMcpSystem({}, 'test/system/fixtures/referee-tools');
  });
  afterAll(() => system?.stop());

  /** Runs it against one MCP server of the stack, with a token for that. */
  async function serverOutcome(path: string, ...args: string[]) {
    const resource = system.origin + path;
    const token = await system.tokenOf({ ...LOGIN, resource });
    const door = await doorWithToken(system.origin, token);
    const outcome = await outcomeOf(start('server', '--url', door.url + path, ...args));
    await door.close();
    return outcome;
  }

  it.each(['2025-11-25', '2026-07-28'])(
    'finds nothing at the MCP server, behind the gateway, by what %s requires',
    async (revision) => {
      const asked = ['--requirements', revision, '--expected-failures', baseline];
      const { code, out } = await serverOutcome('/mcp', ...asked);
      // Its verdict comes last.
      const verdict = out.slice(out.indexOf('=== SUMMARY'));
      expect([code, verdict]).toEqual([0, expect.stringContaining('✓ tools-list')]);
    },
    180_000,
  );

  it.each(
    ['tools-call-simple-text', 'tools-call-error', 'tools-call-with-progress'].flatMap((scenario) =>
      ['2025-11-25', '2026-07-28'].map((revision) => [scenario, revision] as const),
    ),
  )('finds nothing at a server that has the tools of %s, in %s', async (scenario, revision) => {
    const asked = ['--scenario', scenario, '--spec-version', revision];
    const { code, out } = await serverOutcome('/referee-tools', ...asked);
    expect([code, out]).toEqual([0, expect.stringContaining('Passed: 2/2, 0 failed')]);
  });

  it('finds nothing in the metadata of auth-service', async () => {
    const scenario = 'authorization-server-metadata-endpoint';
    const { code, out } = await outcomeOf(
      start('authorization', '--url', system.origin, '--scenario', scenario),
    );
    expect([code, out]).toEqual([0, expect.stringContaining('0 failed')]);
  });

  it('signs in by an authorization code for the MCP server', async () => {
    const port = await getPort({ host: '127.0.0.1' });
    await system.registerClient('referee', 'http://127.0.0.1/callback');
    const child = start(
      ...['authorization', '--url', system.origin, '--client-id', 'referee'],
      ...['--resource', system.endpoint, '--port', String(port)],
    );
    const outcome = outcomeOf(child);
    child.stdout?.on('data', (chunk: Buffer) => {
      const [address] = /http:\S+\/authorize\?\S+/.exec(chunk.toString()) ?? [];
      if (address) void signInAt(address, LOGIN).then((callback) => fetch(callback));
    });
    const { code, out } = await outcome;
    expect([code, out]).toEqual([0, expect.stringContaining('authorization-code-grant')]);
    expect(out).toContain('0 failed');
  }, 60_000);
});
