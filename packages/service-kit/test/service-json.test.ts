import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readServiceJson } from '../src/joining/service-json.ts';

/** Reads a `service.json` that has these members besides the required ones. */
const read = (members: object) => readWhole({ name: 'pet-shop', port: 4711, ...members });

function readWhole(members: object) {
  const directory = mkdtempSync(join(tmpdir(), 'service-json-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'service.json');
  writeFileSync(path, JSON.stringify(members));
  return readServiceJson(path);
}

describe('what a service asks of the gateway', () => {
  it('is read', () => {
    const members = {
      cors: ['https://app.example', 'http://localhost:5173', 'capacitor://localhost'],
      headers: ['X-Auth-Signature'],
      idleTimeoutSeconds: 3600,
      upgrade: true,
    };
    expect(read(members)).toMatchObject({ ...members, headers: ['x-auth-signature'] });
  });

  it('is optional', () => {
    const { cors, headers, idleTimeoutSeconds, upgrade } = read({});
    expect([cors, headers, idleTimeoutSeconds, upgrade]).toEqual(Array(4).fill(undefined));
  });

  it.each<[string, object, RegExp]>([
    ['a wildcard', { cors: ['*'] }, /cors\.0: must name each origin; \* is not allowed$/],
    ['a pattern', { cors: ['https://*.app.example'] }, /cors\.0: must name each origin/],
    ['null', { cors: ['null'] }, /cors\.0: must name an origin/],
    ['a path', { cors: ['https://app.example/'] }, /must be https:\/\/app\.example, not/],
    [
      'the usual port',
      { cors: ['https://app.example:443'] },
      /must be https:\/\/app\.example, not/,
    ],
    ['capitals', { cors: ['https://App.example'] }, /must be https:\/\/app\.example, not/],
    ['a user', { cors: ['https://a@app.example'] }, /must be https:\/\/app\.example, not/],
    ['a host alone', { cors: ['app.example'] }, /must be an origin like https:\/\/app\.example/],
    ['one text', { cors: 'https://app.example' }, /cors: .*array/],
    ['cookies', { headers: ['Cookie'] }, /headers\.0: no service can get this header/],
    ['a cookie with a value', { cookies: ['a=b'] }, /cookies\.0: must be the name of a cookie/],
    ['cookies in disguise', { headers: ['X_Forwarded.For'] }, /headers\.0: no service can get/],
    ['hop-by-hop', { headers: ['a', 'Proxy-Authorization'] }, /headers\.1: no service can get/],
    ['no header name', { headers: ['X Auth'] }, /headers\.0: must be the name of a header/],
    ['no time', { idleTimeoutSeconds: 0 }, /idleTimeoutSeconds: /],
    [
      'more than a day',
      { idleTimeoutSeconds: 86_401 },
      /idleTimeoutSeconds: must be at most 86400/,
    ],
    ['a word', { upgrade: 'yes' }, /upgrade: .*boolean/],
  ])('%s is refused in one line that names file and member', (_name, members, message) => {
    expect(() => read(members)).toThrow(message);
    expect(() => read(members)).toThrow(/^\/.*service\.json: [^\n]+$/);
  });
});

describe('the pages of a service', () => {
  const service = { routes: ['/pets', '/shop/pets'], scopes: { 'pets:read': '' } };
  const app = { name: { en: 'Pets', zh: '宠物' }, path: '/pets/app' };
  const readApp = (members: object) => read({ ...service, app: { ...app, ...members } }).app;

  it('are read, with one name for every language where only one is given', () => {
    const whole = { ...app, icon: '/shop/pets/icon.svg', scope: 'pets:read' };
    expect(readApp(whole)).toEqual(whole);
    expect(readApp({ name: 'Pets' })).toEqual({ ...app, name: { en: 'Pets', zh: 'Pets' } });
    expect(readApp({ path: '/pets' })?.path).toBe('/pets');
    expect(readApp({ path: '/pets/' })?.path).toBe('/pets/');
    expect(read(service).app).toBeUndefined();
  });

  it.each<[string, object, RegExp]>([
    ['no name', { name: undefined }, /app\.name: /],
    ['an empty name', { name: ' ' }, /app\.name: /],
    ['a long name', { name: 'x'.repeat(41) }, /app\.name: /],
    ['a name in another language alone', { name: { de: 'Tiere' } }, /app\.name: /],
    ['no path', { path: undefined }, /app\.path: /],
    ['an address', { path: 'https://evil.example' }, /app\.path: must be a path like/],
    ['another host', { path: '//evil.example/pets' }, /app\.path: must be a path like/],
    ['a script', { path: 'javascript:alert(1)' }, /app\.path: must be a path like/],
    ['dots', { path: '/pets/../admin' }, /app\.path: must be a path like/],
    ['encoded dots', { path: '/pets/%2e%2e/admin' }, /app\.path: must be a path like/],
    ['a path elsewhere', { path: '/admin' }, /app\.path: \/admin is below none of this service's/],
    ['a path that begins alike', { path: '/petshop' }, /app\.path: \/petshop is below none/],
    ['a path in capitals', { path: '/Pets/app' }, /app\.path: \/Pets\/app is below none/],
    ['an icon elsewhere', { icon: '/assets/a.svg' }, /app\.icon: \/assets\/a\.svg is below none/],
    ['an icon that is no SVG', { icon: '/pets/icon.png' }, /app\.icon: must be the path of an SVG/],
    [
      'a scope of others',
      { scope: 'todo:read' },
      /app\.scope: todo:read is none of this service's/,
    ],
    ['an inherited name', { scope: 'toString' }, /app\.scope: toString is none of this service's/],
    ['an unknown member', { title: 'Pets' }, /title/],
  ])('%s is refused in one line that names file and member', (_name, members, message) => {
    expect(() => readApp(members)).toThrow(message);
    expect(() => readApp(members)).toThrow(/^\/.*service\.json: [^\n]+$/);
  });
});

describe('how a service runs that is no Node service of this workspace', () => {
  it('is read', () => {
    const members = {
      command: ['python3', 'main.py'],
      ready: '/health',
      dockerfile: 'docker/Dockerfile',
      database: 'pets',
      migrate: ['alembic', 'upgrade', 'head'],
    };
    expect(read(members)).toMatchObject(members);
  });

  it('is elsewhere, at the port of its url', () => {
    expect(readWhole({ name: 'pets', url: 'https://pets.example' }).port).toBe(443);
    expect(readWhole({ name: 'pets', url: 'http://pets.example:81' }).port).toBe(81);
  });

  const url = 'https://pets.example';
  const file = { dockerfile: 'Dockerfile' };
  it.each<[string, object, RegExp]>([
    ['no port', { port: undefined }, /json: port: must be a number from 1 to 65535$/],
    ['one text', { command: 'python3 main.py' }, /command: .*array/],
    ['nothing to run', { command: [] }, /command: must name a program/],
    ['an address for a path', { ready: 'http://a/b' }, /ready: must be a path like \/readyz$/],
    ['a query', { ready: '/health?a' }, /ready: must be a path like/],
    ['a file elsewhere', { dockerfile: '../Dockerfile' }, /dockerfile: must be a path in the/],
    ['an absolute file', { dockerfile: '/Dockerfile' }, /dockerfile: must be a path in the/],
    ['migrations of nothing', { migrate: ['a'] }, /migrate: needs a database$/],
    ['a database without', { ...file, database: 'a' }, /migrate: is needed: only the common image/],
    ['a demo in Node', { command: ['a'], demo: 'a.ts' }, /demo: remove it: only Node services/],
    ['a path', { port: undefined, url: `${url}/pets` }, /url: must be an origin like/],
    ['another scheme', { port: undefined, url: 'ftp://pets.example' }, /url: must be an origin/],
    ['a port twice', { url }, /json: port: remove it: url says that the service runs elsewhere$/],
    ...['command', 'migrate'].map((name): [string, object, RegExp] => [
      `url and ${name}`,
      { port: undefined, url, [name]: ['a'] },
      new RegExp(`json: ${name}: remove it: url says`),
    ]),
    ['url and database', { port: undefined, url, database: 'a' }, /database: remove it: url says/],
    ['url and role', { port: undefined, url, role: 'issuer' }, /role: remove it: url says/],
  ])('%s is refused in one line that names file and member', (_name, members, message) => {
    expect(() => read(members)).toThrow(message);
    expect(() => read(members)).toThrow(/^\/.*service\.json: [^\n]+$/);
  });
});

describe('what a service exchanges tokens for', () => {
  const scopes = { 'pets:read': 'Read your pets' };
  const client = (exchanges: object) => ({ client: { scopes: ['todo:read'], exchanges } });

  it('is read', () => {
    const members = { scopes, ...client({ 'pets:read': ['todo:read'] }) };
    expect(read(members)).toMatchObject(members);
  });

  it.each([
    [
      'for a scope of another service',
      { 'todo:read': ['todo:read'] },
      /client\.exchanges: todo:read is none of this service's scopes$/,
    ],
    [
      'for more than it may ask for',
      { 'pets:read': ['todo:write'] },
      /client\.exchanges: todo:write is not in client\.scopes$/,
    ],
    ['for nothing', { 'pets:read': [] }, /client\.exchanges\.pets:read: /],
  ])('%s is refused in one line', (_what, exchanges, message) => {
    expect(() => read({ scopes, ...client(exchanges) })).toThrow(message);
  });
});
