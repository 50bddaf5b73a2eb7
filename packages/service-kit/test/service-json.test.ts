import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readServiceJson } from '../src/joining/service-json.ts';

/** Reads a `service.json` that has these members besides the required ones. */
function read(members: object) {
  const directory = mkdtempSync(join(tmpdir(), 'service-json-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'service.json');
  writeFileSync(path, JSON.stringify({ name: 'pet-shop', port: 4711, ...members }));
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
