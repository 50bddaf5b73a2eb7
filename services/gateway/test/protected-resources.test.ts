import { requester } from '@latchkey/service-kit/testing/harness';
import { expect, it } from 'vitest';
import { listen, readyAnd, startGateway } from './harness.ts';

const ISSUER = 'https://login.example.test';
const PATH = '/.well-known/oauth-protected-resource';
const pets = {
  name: 'pet-shop',
  routes: ['/pets', '/shop/pets'],
  scopes: { 'pets:read': 'See pets', 'pets:write': 'Buy pets' },
};
const feeds = { name: 'feeds', routes: ['/feeds'], scopes: {} };

/** In front of an issuer, which has every other well-known address. */
async function start(options: { issuer?: string; corsOrigins?: string[] } = { issuer: ISSUER }) {
  const issuer = await listen(readyAnd((_req, res) => res.end('the issuer')));
  const routed = { name: 'issuer', routes: ['/.well-known'], baseUrl: issuer.url };
  const gateway = await startGateway([routed], { ...options, resources: [pets, feeds] });
  return { ...gateway, request: requester(gateway.url) };
}

it('says of each route which tokens are accepted there, and where they are made', async () => {
  const { request } = await start();
  for (const route of pets.routes) {
    const { status, headers, body } = await request(`GET ${PATH}${route}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
    expect(body).toEqual({
      resource: `${ISSUER}${route}`,
      authorization_servers: [ISSUER],
      scopes_supported: ['pets:read', 'pets:write'],
      bearer_methods_supported: ['header'],
      resource_name: 'pet-shop',
      resource_documentation: `${ISSUER}/docs`,
    });
    expect(headers.get('cache-control')).toBe('public, max-age=300');
  }
  expect((await request(`GET ${PATH}/feeds`)).body).not.toHaveProperty('scopes_supported');
  expect((await request('GET /.well-known/jwks.json')).text).toBe('the issuer');
});

it.each([{}, { corsOrigins: ['https://app.example'] }])(
  'is open to pages of every origin, with %j too',
  async (options) => {
    const { url } = await start({ issuer: ISSUER, ...options });
    const headers = { origin: 'https://anywhere.example' };
    const ask = { ...headers, 'access-control-request-headers': 'mcp-protocol-version' };
    const preflight = {
      method: 'OPTIONS',
      headers: { ...ask, 'access-control-request-method': 'GET' },
    };
    for (const init of [{ headers }, preflight]) {
      const answer = await fetch(`${url}${PATH}/pets`, init);
      expect(answer.ok).toBe(true);
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    }
  },
);

it.each([
  ['GET', '', 404],
  ['GET', '/', 404],
  ['GET', '/nothing', 404],
  ['GET', '/pets/1', 404],
  ['GET', '/PETS', 404],
  ['POST', '/pets', 405],
  ['DELETE', '/nothing', 405],
])('%s of %j is %i, and goes to no service', async (method, path, status) => {
  const { request } = await start();
  const answer = await request(`${method} ${PATH}${path}`);
  expect([answer.status, answer.body.status]).toEqual([status, status]);
  expect(answer.headers.get('cache-control')).toBe('no-store');
});

it('follows the services, and needs to know the public origin', async () => {
  const { request, resources } = await start();
  resources.use([feeds, { name: 'late', routes: ['/late'], scopes: {} }]);
  const statuses = async (...routes: string[]) =>
    Promise.all(routes.map(async (route) => (await request(`GET ${PATH}${route}`)).status));
  expect(await statuses('/late', '/feeds', '/pets')).toEqual([200, 200, 404]);
  const nowhere = await start({});
  expect((await nowhere.request(`GET ${PATH}/pets`)).status).toBe(404);
});
