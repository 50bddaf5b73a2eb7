import { expect, test } from 'vitest';
import { clientIdSegment } from '../src/account/client-id-segment.ts';
import { permissionsOf } from '../src/account/scope-words.ts';

const scope = (name: string, audience: string | null, description = name) => ({
  scope: name,
  audience,
  description,
});

test("the account's own scopes by name, those of services in their words", () => {
  expect(
    permissionsOf([
      scope('offline_access', null),
      scope('openid', 'auth-service'),
      scope('todo:read', 'todo-service', 'Read your todos'),
      scope('todo:write', 'todo-service', 'Change your todos'),
      scope('gone:read', null),
    ]),
  ).toEqual({
    own: ['offlineAccess', 'openid'],
    services: [
      ['todo-service', ['Read your todos', 'Change your todos']],
      ['gone:read', ['gone:read']],
    ],
  });
});

test.each([
  ['garden-planner', 'garden-planner'],
  ['https://agent.example/client.json', '~aHR0cHM6Ly9hZ2VudC5leGFtcGxlL2NsaWVudC5qc29u'],
  ['https://a.example/?>', '~aHR0cHM6Ly9hLmV4YW1wbGUvPz4'],
])('%s in a path', (clientId, segment) => {
  expect(clientIdSegment(clientId)).toBe(segment);
  if (segment.startsWith('~')) {
    expect(Buffer.from(segment.slice(1), 'base64url').toString()).toBe(clientId);
  }
});
