import { hashOf } from '@latchkey/service-kit/http/secrets';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type AuthService,
  type Instance,
  PASSWORD,
  startAuthService,
  startInstance,
} from './harness.ts';
import { changedPlaces, placeOf, revokedPlaces } from './issued-tokens.ts';
import { SECRET, TOKEN_EXCHANGE } from './test-clients.ts';

const ROUNDS = Number(process.env.RACE_ROUNDS ?? 4);

let auth: AuthService;
let other: Instance;
let admin: string;
let people = 0;
beforeAll(async () => {
  const env = { REFRESHES_PER_ADDRESS: '1000000', HASH_CONCURRENCY: '4' };
  auth = await startAuthService({ env });
  other = await startInstance(auth.scratch.url, { env });
  admin = await auth.adminToken();
});
afterAll(async () => {
  await other.stop();
  await auth.stop();
});

const client = {
  name: 'A client',
  authentication: 'client_secret_post',
  secretHash: hashOf(SECRET),
  jwks: undefined,
  redirectUris: [],
  scopes: ['tickets:read', 'todo:read'],
} as const;

/** A person of one round, with a login at a client that may be disabled. */
async function world() {
  people += 1;
  const [app, service, username] = [`app-${people}`, `service-${people}`, `racer.${people}`];
  const grantTypes = ['password', 'refresh_token', 'client_credentials'];
  const lists = { scopes: [...client.scopes], redirectUris: [] };
  await auth.store.clients.create({ ...client, ...lists, id: app, grantTypes, firstParty: true });
  await auth.store.clients.create({
    ...client,
    ...lists,
    id: service,
    grantTypes: [TOKEN_EXCHANGE],
    firstParty: false,
    audience: 'support-service',
  });
  const json = { username, password: PASSWORD };
  const { id } = (await auth.request('POST /register', { json })).body;
  await auth.db.user.update({ where: { id }, data: { roles: ['user', 'agent'] } });
  const asApp = { client_id: app, client_secret: SECRET };
  const login = { username, password: PASSWORD, ...asApp };
  const sessions = await Promise.all([1, 2, 3].map(() => post(auth, login)));
  const forms: Record<string, string>[] = [
    login,
    ...sessions.map(({ body }) => ({
      grant_type: 'refresh_token',
      refresh_token: body.refresh_token,
      ...asApp,
    })),
    ...sessions.map(({ body }) => ({
      grant_type: TOKEN_EXCHANGE,
      subject_token: body.access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'todo-service',
      client_id: service,
      client_secret: SECRET,
    })),
    { grant_type: 'client_credentials', ...asApp },
  ];
  const before: string[] = sessions.map(({ body }) => body.access_token);
  return { id: id as number, app, forms, before };
}

const post = (instance: Pick<Instance, 'request'>, form: Record<string, string>) =>
  instance.request('POST /token', { form });
const asAdmin = (request: string, json?: object) =>
  other.request(request, { token: admin, ...(json ? { json } : {}) });

type World = Awaited<ReturnType<typeof world>>;
const isOfPerson = (token: string) => decodeJwt(token).sid !== undefined;

const acts: [string, (world: World) => Promise<{ status: number }>, (token: string) => boolean][] =
  [
    ['deactivate', ({ id }) => asAdmin(`PATCH /admin/users/${id}`, { active: false }), isOfPerson],
    [
      'remove a role',
      ({ id }) => asAdmin(`PATCH /admin/users/${id}`, { roles: ['user'] }),
      (token) => (decodeJwt(token).roles as string[]).includes('agent'),
    ],
    [
      'disable the client',
      ({ app }) => asAdmin(`PATCH /admin/clients/${app}`, { disabled: true }),
      () => true,
    ],
    [
      'take a scope of the client',
      ({ app }) => asAdmin(`PATCH /admin/clients/${app}`, { scopes: ['tickets:read'] }),
      (token) => String(decodeJwt(token).scope).includes('todo:read'),
    ],
  ];

test.each(acts)(
  '%s, while tokens of every kind are issued: none of them is left',
  { timeout: 30_000 * ROUNDS },
  async (_, act, mustEnd) => {
    const statuses = new Map<number, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const race = await world();
      const issued = race.forms.map(async (form, n) => {
        // A login hashes first: the act has to fall into all of it, in one round or another.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
        return post(n % 2 ? auth : other, form);
      });
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
      const { status } = await act(race);
      expect(status).toBe(200);
      const answers = await Promise.all(issued);
      for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const tokens = answers.flatMap(({ body }) => body.access_token ?? []);
      const revoked = new Set(await revokedPlaces(auth));
      const left = [...race.before, ...tokens].filter(
        (token) => mustEnd(token) && !revoked.has(placeOf(token)),
      );
      expect(left.map((token) => decodeJwt(token))).toEqual([]);
    }
    expect([...statuses.keys()].filter((status) => ![200, 400, 401, 503].includes(status))).toEqual(
      [],
    );
    const { places, faults } = await changedPlaces(auth);
    expect(faults).toEqual([]);
    expect(places).toEqual(await revokedPlaces(auth));
  },
);

test('acts at once over the same lists wait for each other, in one order', async () => {
  const worlds = await Promise.all(Array.from({ length: 4 }, world));
  // Tokens of both instances, so that each act changes two lists.
  await Promise.all(worlds.flatMap(({ forms }) => forms.slice(1).map((form) => post(other, form))));
  const done = await Promise.all(
    worlds.flatMap(({ id, app }, n) => [
      asAdmin(`DELETE /admin/users/${id}/sessions`),
      auth.request(`PATCH /admin/users/${id}`, { token: admin, json: { roles: ['user'] } }),
      asAdmin(`PATCH /admin/clients/${app}`, { disabled: true }),
      n % 2
        ? asAdmin(`PATCH /admin/users/${id}`, { active: false })
        : auth.request(`DELETE /admin/users/${id}`, { token: admin }),
    ]),
  );
  // A person who was deleted first is not found by the others; a deadlock would be a 500.
  expect(done.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
  const { places, faults } = await changedPlaces(auth);
  expect(faults).toEqual([]);
  expect(places).toEqual(await revokedPlaces(auth));
});
