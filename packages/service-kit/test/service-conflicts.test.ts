import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readServices } from '../src/joining/service-json.ts';

/** Writes a folder for each service, with this text or object as its `service.json`. */
function write(...files: (object | string)[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-services-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  for (const [index, content] of files.entries()) {
    mkdirSync(join(directory, String(index)));
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(directory, String(index), 'service.json'), text);
  }
  return directory;
}

const a = {
  name: 'a-service',
  port: 5001,
  routes: ['/a', '/shop/old'],
  audience: 'a',
  scopes: { 'a:x': '', 'a:y': '' },
  roles: { helper: '' },
  database: 'a',
  cookies: ['sid'],
};
const b = { name: 'b-service', port: 5002, routes: ['/b'], audience: 'b', scopes: { 'b:x': '' } };

describe('every service.json', () => {
  it('is read, in the order of names', () => {
    expect(readServices(write(b, a)).map(({ name }) => name)).toEqual([a.name, b.name]);
  });

  it('is named, with the member at fault', () => {
    expect(() => readServices(write({ ...a, port: 'x' }))).toThrow(/service\.json: port/);
    expect(() => readServices(write({ ...a, owners: ['todo'] }))).toThrow(
      /service\.json: owners\.0: must be like @todo-team/,
    );
  });

  it('is named in one line when it is no JSON', () => {
    const directory = write('{\n  "name": "a-service",\n}\n');
    expect(() => readServices(directory)).toThrow(/service\.json: must be JSON: [^\n]+$/);
  });
});

describe('two services', () => {
  it.each<[string, object, string]>([
    ['name', { name: 'a-service' }, 'two services claim the name a-service'],
    ['port', { port: 5001 }, 'two services claim the port 5001, a-service and b-service'],
    ['audience', { audience: 'a' }, 'two services claim the audience a,'],
    ['audience and name', { audience: 'a-service' }, 'two services claim the audience a-service,'],
    ['scope', { scopes: { 'a:x': '' } }, 'two services claim the scope prefix a,'],
    ['scope prefix', { scopes: { 'a:new': '' } }, 'two services claim the scope prefix a,'],
    ['role of people', { roles: { helper: '' } }, 'two services claim the role of people helper,'],
    ['cookie', { cookies: ['sid'] }, 'two services claim the cookie sid, a-service and b-service'],
    ['cookie with a prefix', { cookies: ['__Host-SID'] }, 'two services claim the cookie sid,'],
    ['database', { database: 'a' }, 'two services claim the database a,'],
    ['role', { role: 'gateway' }, 'two services claim the role gateway'],
    ['route', { routes: ['/a'] }, 'the route /a is at or below /a of'],
    [
      'route below',
      { routes: ['/a/b'] },
      'b-service: the route /a/b is at or below /a of a-service',
    ],
    ['route above', { routes: ['/shop'] }, 'a-service: the route /shop/old is at or below /shop'],
    ['route in capitals', { routes: ['/A'] }, 'the route /a is at or below /A of b-service'],
  ])('cannot claim the same %s', (what, taken, message) => {
    const first = what === 'role' ? { ...a, role: 'gateway' } : a;
    const read = () => readServices(write(first, { ...b, ...taken }));
    expect(read).toThrow(message);
    expect(read).toThrow(/^[^\n]+: change (?:one|its) service\.json$/);
  });

  it('may have the same port where they run elsewhere', () => {
    const elsewhere = { url: 'https://shop.example' };
    const { port: _port, ...rest } = b;
    expect(
      readServices(write({ ...rest, ...elsewhere }, { name: 'c-service', ...elsewhere })),
    ).toHaveLength(2);
  });

  it('have routes that only begin alike', () => {
    expect(readServices(write(a, { ...b, routes: ['/ab', '/shop/older'] }))).toHaveLength(2);
  });
});

describe('what is the platform’s', () => {
  it.each([
    ['/.well-known/jwks.json', 'issuer'],
    ['/token', 'issuer'],
    ['/admin/users', 'issuer'],
    ['/verify-email', 'issuer'],
    ['/ADMIN', 'issuer'],
    ['/docs/x', 'gateway'],
    ['/healthz', 'gateway'],
    ['/metrics', 'gateway'],
    ['/session', 'gateway'],
    ['/system', 'gateway'],
    ['/todos', 'gateway'],
    ['/support/billing', 'gateway'],
    ['/Account', 'gateway'],
    ['/administration/people', 'gateway'],
    ['/assets', 'gateway'],
  ])('%s is claimed by the %s alone', (route, role) => {
    expect(() => readServices(write({ ...b, routes: [route] }))).toThrow(
      `b-service: the route ${route} is reserved for the ${role}: change its service.json`,
    );
    expect(readServices(write({ ...b, role, routes: [route] }))).toHaveLength(1);
  });

  it('the metadata of resources is the gateway’s, below what is the issuer’s', () => {
    const issuer = { ...b, role: 'issuer', routes: ['/.well-known'] };
    expect(readServices(write(issuer))).toHaveLength(1);
    const routes = ['/.well-known/oauth-protected-resource/x'];
    expect(() => readServices(write({ ...issuer, routes }))).toThrow('reserved for the gateway');
  });

  it.each(['user', 'admin'])('the role %s of people is the issuer’s alone', (name) => {
    const roles = { [name]: '' };
    expect(() => readServices(write({ ...b, roles }))).toThrow(
      `b-service: the role ${name} is reserved for the issuer: change its service.json`,
    );
    expect(readServices(write({ ...b, role: 'issuer', roles }))).toHaveLength(1);
  });

  it('is not the gateway just because it has no routes', () => {
    expect(readServices(write({ ...b, routes: [] }))[0]?.role).toBeUndefined();
  });
});
