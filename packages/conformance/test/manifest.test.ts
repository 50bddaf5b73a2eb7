import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { afterAll, expect, test } from 'vitest';
import { runConformance } from '../src/index.ts';
import { API_DOCUMENT } from './reference/api.ts';
import manifest from './reference/service.json' with { type: 'json' };
import { ReferenceService } from './reference/service.ts';

const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
const serviceFile = join(folder, 'service.json');
const openapiFile = join(folder, 'openapi.json');
const port = await getPort({ host: '127.0.0.1' });
afterAll(() => rmSync(folder, { recursive: true }));

const { paths } = API_DOCUMENT;
const unguarded = { '/notes': { get: {} } };
const elsewhere = { ...paths, '/admin': paths['/notes'] };

test.each<[string, string[], object, object]>([
  ['as it must be', [], {}, {}],
  ['without a name', ['manifest.members'], { name: undefined }, {}],
  ['with a port that is none', ['manifest.members'], { port: 70_000 }, {}],
  ['with a route that is no path', ['manifest.members', 'manifest.routes'], { routes: ['*'] }, {}],
  ['without routes', ['manifest.members', 'manifest.routes'], { routes: [] }, {}],
  [
    'without a scope that is asked for',
    ['manifest.scopes'],
    { scopes: { 'notes:read': 'Read' } },
    {},
  ],
  [
    'with a scope that nothing asks for',
    ['manifest.scopes'],
    { scopes: { ...manifest.scopes, 'notes:print': 'Print' } },
    {},
  ],
  ['with a path beside its routes', ['manifest.routes'], {}, { paths: elsewhere }],
  ['with no guarded operation', ['manifest.scopes', 'manifest.guarded'], {}, { paths: unguarded }],
])('a service.json %s', async (_what, found, members, document) => {
  writeFileSync(serviceFile, JSON.stringify({ ...manifest, ...members }));
  writeFileSync(openapiFile, JSON.stringify({ ...API_DOCUMENT, ...document }));
  let service: ReferenceService | undefined;
  const { results } = await runConformance({
    url: `http://127.0.0.1:${port}`,
    serviceFile,
    openapiFile,
    only: ['manifest'],
    onReady: async ({ ISSUER: issuer = '', JWKS_URI: jwksUri = '' }) => {
      service = new ReferenceService({ issuer, jwksUri, port });
      await service.listen();
    },
  });
  await service?.kill();
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  expect(failed.map(({ id }) => id)).toEqual(found);
});
