import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { hasPython } from '@latchkey/service-kit/testing/python';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cloneRepository } from '../src/clone.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/kinds-of-services.md'), 'utf8');
const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, script = '']) => script.trim());
const [writeMcp, tryMcp, writePython, tryPython, writeElsewhere, removeThem, ...more] = blocks as [
  string,
  string,
  string,
  string,
  string,
  string,
];

/** Debian's packages are for the system's Python, which need not be the first in PATH. */
const withPython = 'env PATH="/usr/bin:$PATH" npx -y pnpm@12 start';
const withoutPython = !hasPython('fastapi', 'uvicorn', 'jwt', 'cryptography');

/** Runs elsewhere: at a free port, not at the one that the page names. */
const elsewhere = createServer((req, res) => res.end(`${req.method} ${req.url}`));
let writeExternal: string;

/** One test a section of docs/kinds-of-services.md, in its order, in one running stack. */
let clone: Awaited<ReturnType<typeof cloneRepository>>;
let stack: Awaited<ReturnType<typeof clone.start>>;
beforeAll(async () => {
  elsewhere.listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  const { port } = elsewhere.address() as AddressInfo;
  writeExternal = writeElsewhere.replace(':4600', `:${port}`);
  clone = await cloneRepository();
  stack = await clone.start(withPython);
});
afterAll(async () => {
  await stack?.stop();
  await clone?.remove();
  elsewhere.closeAllConnections();
  elsewhere.close();
});

const atOrigin = (script: string) => script.replaceAll('http://localhost:8080', stack.origin);
/** What new-service prints at its end to try. */
const exampleIn = (printed: string) =>
  printed.slice(printed.indexOf('TOKEN=')).replace('curl -s', 'curl -fs');

it('has six blocks of commands', () => {
  expect(removeThem).toContain('rm -r');
  expect(more).toEqual([]);
});

it('an MCP server joins, and its tools answer an agent', async () => {
  const printed = await clone.shell(writeMcp);
  expect(await clone.shell(exampleIn(printed))).toContain('"name":"who-am-i"');
  const tried = await clone.shell(atOrigin(tryMcp));
  expect(tried).toContain(String.raw`\"username\":\"wangerge\"`);
  expect(tried).toContain('Choose a coffee machine');
  const metadata = `${stack.origin}/.well-known/oauth-protected-resource/assistant`;
  expect(tried).toMatch(/^HTTP\/1\.1 401 /m);
  expect(tried).toContain(`resource_metadata="${metadata}"`);
  expect(await (await fetch(metadata)).json()).toMatchObject({
    resource: `${stack.origin}/assistant`,
    authorization_servers: [stack.origin],
  });
});

it.skipIf(withoutPython)('a service in Python joins', async () => {
  const printed = await clone.shell(writePython);
  expect(await clone.shell(exampleIn(printed))).toBe('[]');
  expect(await clone.shell(atOrigin(tryPython))).toBe(
    '{"text":"Rain","id":1}[{"text":"Rain","id":1}]',
  );
});

it('a service that runs elsewhere is reached through the gateway', async () => {
  expect(await clone.shell(writeExternal)).toContain('sends /orders to http://localhost:');
  const ask = async () => (await fetch(`${stack.origin}/orders/7`)).text();
  await expect.poll(ask, { timeout: 20_000 }).toBe('GET /orders/7');
});

it('run again they change nothing', async () => {
  await clone.git('add', '--all');
  const again = [writeMcp, ...(withoutPython ? [] : [writePython]), writeExternal];
  for (const command of again) expect(await clone.shell(command)).toContain('nothing changed');
  expect((await clone.status()).filter((line) => !/^[AM] {2}/.test(line))).toEqual([]);
});

it('what makes no sense is one line and exit code 2, and nothing is written', async () => {
  const senseless = 'npx -y pnpm@12 --silent new-service x --external http://a.example --mcp';
  const printed = await clone.shell(`${senseless} 2>&1 || echo "exit $?"`);
  expect(printed.trim().split('\n')).toEqual([
    'new-service: --external runs elsewhere: leave out --mcp',
    'exit 2',
  ]);
  expect((await clone.status()).filter((line) => !/^[AM] {2}/.test(line))).toEqual([]);
});

it('they are removed without a trace', async () => {
  const folders = withoutPython ? removeThem.replace(' services/weather-service', '') : removeThem;
  await clone.shell(folders);
  await clone.git('add', '--all');
  expect(await clone.status()).toEqual([]);
  const ask = async (path: string) => (await fetch(stack.origin + path)).status;
  for (const path of ['/assistant', '/weather', '/orders']) {
    await expect.poll(() => ask(path), { timeout: 15_000 }).toBe(404);
  }
});
