import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, startAuthService } from './harness.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
});
afterAll(() => auth.stop());

/** RFC 6749, 7009, 7591, 7662, 8414, 8628, 8693, Token Status Lists and OpenID Connect; the members of these documents. */
const RFC_ROUTES =
  /^\/(token|par|device_authorization|revoke|introspect|userinfo|status-lists|\.well-known\/.*)$/;
/** Names of RFC 6749, 7517 and 7591 in documents of ours. */
const RFC_NAMES = [
  'client_id',
  'client_name',
  'client_secret',
  'grant_types',
  'redirect_uris',
  'key_ops',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'backchannel_logout_session_required',
];

/** Every name that a part of an OpenAPI document gives a member or a query parameter. */
function namesIn(part: unknown, schemas: Record<string, unknown>, seen: Set<unknown>): string[] {
  if (typeof part !== 'object' || part === null || seen.has(part)) return [];
  seen.add(part);
  const { $ref: ref, properties, name } = part as Record<string, unknown>;
  if (typeof ref === 'string') return namesIn(schemas[ref.split('/').at(-1) ?? ''], schemas, seen);
  const own = properties ? Object.keys(properties) : typeof name === 'string' ? [name] : [];
  return [...own, ...Object.values(part).flatMap((child) => namesIn(child, schemas, seen))];
}

test('members are camelCase, but for those that an RFC names', async () => {
  const { body: document } = await auth.request('GET /openapi.json');
  const ours = Object.entries(document.paths).filter(([path]) => !RFC_ROUTES.test(path));
  const names = new Set(namesIn(ours, document.components.schemas, new Set()));
  expect([...names]).toEqual(
    expect.arrayContaining([
      'client_id',
      'redirect_uris',
      'createdAt',
      'currentPassword',
      'requestId',
    ]),
  );
  const others = [...names].filter((name) => !RFC_NAMES.includes(name));
  expect(others.filter((name) => !/^[a-z][a-zA-Z]*$/.test(name))).toEqual([]);
});

test('400: a member with its old name is refused and named', async () => {
  const { access_token: token } = (await auth.login('wangerge')).body;
  const json = { current_password: 'test1234', new_password: 'otter-below-the-weir' };
  const { status, body } = await auth.request('PUT /users/me/password', { token, json });
  expect(status).toBe(400);
  expect(JSON.stringify(body.errors)).toContain('current_password');
});
