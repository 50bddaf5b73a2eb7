import { setTimeout as delay } from 'node:timers/promises';
import { UpstreamError } from '@latchkey/service-kit/http/upstream-error';
import { UnsecuredJWT } from 'jose';
import { expect, it } from 'vitest';
import type { Caller } from '../src/sessions/authorization-server.ts';
import { sessionLinks } from '../src/sessions/session-links.ts';
import type { Lookup } from '../src/sessions/session-tokens.ts';

const CALLER = { address: '127.0.0.1' } as Caller;
const pages = (name: string, members: { scope?: string; icon?: string } = {}) => ({
  name: { en: name, zh: name },
  path: `/${name}/app`,
  ...members,
});
const service = (name: string, app?: ReturnType<typeof pages>) => ({
  name,
  members: { scope: `${name}:read ${name}:write`, app },
});
const tokenWith = (scope: string): Lookup => ({ token: new UnsecuredJWT({ scope }).encode() });

/** @param find what there is of the session for the scopes of a service */
function links(services: ReturnType<typeof service>[], find: (scope: string) => Promise<Lookup>) {
  const asked: string[] = [];
  const tokens = {
    find: (_secret: string, scope: string) => {
      asked.push(scope);
      return find(scope);
    },
  };
  const upstreams = { all: services };
  return { asked, upstreams, of: () => sessionLinks({ upstreams, tokens })('secret', CALLER) };
}

it('are the pages whose scope the person has, and those for everyone', async () => {
  const granted: Record<string, Lookup> = {
    'bills:read bills:write': tokenWith('bills:read'),
    'pets:read pets:write': tokenWith('pets:write'),
    'zoo:read zoo:write': 'none',
  };
  const { of, asked } = links(
    [
      service('bills', pages('bills', { scope: 'bills:read', icon: '/bills/icon.svg' })),
      service('pets', pages('pets', { scope: 'pets:read' })),
      service('todo'),
      service('wiki', pages('wiki')),
      service('zoo', pages('zoo', { scope: 'zoo:read' })),
    ],
    async (scope) => granted[scope] as Lookup,
  );
  expect(await of()).toEqual([
    {
      service: 'bills',
      name: { en: 'bills', zh: 'bills' },
      path: '/bills/app',
      icon: '/bills/icon.svg',
    },
    { service: 'wiki', name: { en: 'wiki', zh: 'wiki' }, path: '/wiki/app' },
  ]);
  expect(asked).toEqual(Object.keys(granted));
});

it('follow the services that there are', async () => {
  const { of, upstreams } = links([], async () => 'none');
  expect(await of()).toEqual([]);
  upstreams.all = [service('wiki', pages('wiki'))];
  expect(await of()).toMatchObject([{ service: 'wiki' }]);
});

it.each<[string, () => Promise<Lookup>]>([
  ['does not answer', () => Promise.reject(new UpstreamError('auth-service', 'unreachable'))],
  ['hangs', () => delay(60_000, 'none', { ref: false })],
])('are those that need no scope, while auth-service %s', async (_how, find) => {
  const needing = (name: string) => service(name, pages(name, { scope: `${name}:read` }));
  const { of, asked } = links(
    [needing('bills'), needing('pets'), service('wiki', pages('wiki'))],
    find,
  );
  expect(await of()).toMatchObject([{ service: 'wiki' }]);
  // It is not asked again for each.
  expect(asked).toHaveLength(1);
});

it('are not made up when the database is away', async () => {
  const { of } = links([service('bills', pages('bills', { scope: 'bills:read' }))], () =>
    Promise.reject(new Error('database')),
  );
  await expect(of()).rejects.toThrow('database');
});
