import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { beforeEach, expect, it, onTestFinished } from 'vitest';

const program = join(import.meta.dirname, '../src/publish-services.ts');
let services: string;
let published: string;

beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-publish-'));
  services = join(folder, 'services');
  published = join(folder, 'published');
  mkdirSync(published);
  write('pets', { port: 5001 });
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

function write(name: string, members: object) {
  mkdirSync(join(services, name, 'src'), { recursive: true });
  writeFileSync(join(services, name, 'service.json'), JSON.stringify({ name, ...members }));
}
const publish = () =>
  spawnSync(process.execPath, [program, services, published], { encoding: 'utf8' });
const current = () =>
  readServices(join(published, 'current')).map(({ name, port }) => `${name} ${port}`);

it('publishes the service.json files and nothing else of the services', () => {
  writeFileSync(join(services, 'pets/src/main.ts'), 'source');
  expect(publish()).toMatchObject({ status: 0, stdout: 'service files: pets\n', stderr: '' });
  expect(current()).toEqual(['pets 5001']);
  expect(readdirSync(join(published, 'current/pets'))).toEqual(['service.json']);
});

it('replaces a set by the next one, and keeps the set before for who still reads it', () => {
  publish();
  publish();
  const before = realpathSync(join(published, 'current'));
  rmSync(join(services, 'pets'), { recursive: true });
  write('vets', { port: 5002 });
  publish();
  expect(current()).toEqual(['vets 5002']);
  expect(readServices(before).map(({ name }) => name)).toEqual(['pets']);
  expect(readdirSync(published)).toHaveLength(3);
});

it('shows a reader a whole set at every moment', async () => {
  write('vets', { port: 5002 });
  publish();
  const publishing = spawn('sh', [
    '-c',
    `for n in 1 2 3 4 5; do '${process.execPath}' '${program}' '${services}' '${published}'; done`,
  ]);
  const ended = once(publishing, 'exit');
  const seen = new Set<string>();
  while (publishing.exitCode === null) {
    seen.add(current().join());
    await new Promise(setImmediate);
  }
  await ended;
  expect([...seen]).toEqual(['pets 5001,vets 5002']);
});

it('publishes nothing while a file is wrong, and says why in one line', () => {
  publish();
  write('pets', { port: 5003 });
  write('vets', { port: 'x' });
  const { status, stdout, stderr } = publish();
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^service files: \S+\/vets\/service\.json: port: [^\n]+\n$/);
  expect(current()).toEqual(['pets 5001']);
});
