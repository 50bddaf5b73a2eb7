import type { ApiDocument } from '@latchkey/service-kit/testing/api-document';
import { walkHostileInput } from '@latchkey/service-kit/testing/hostile-walk';
import { expect, test } from 'vitest';
import { gatewayTo } from './harness.ts';

const JSON_BODY = { content: { 'application/json': { schema: { properties: { title: {} } } } } };
const id = { in: 'path', name: 'id' } as const;
const query = { in: 'query', name: 'cursor' } as const;

/** The gateway's own routes, which no document has, and one of a service behind it. */
const document: ApiDocument = {
  paths: {
    '/': { get: { security: [], parameters: [query] } },
    '/docs': { get: { security: [], parameters: [query] } },
    '/docs/openapi.json': { get: { security: [], parameters: [query] } },
    '/docs/openapi/{id}.json': { get: { security: [], parameters: [id] } },
    '/{id}': { get: { security: [], parameters: [id] } },
    '/todo/{id}': {
      get: { security: [], parameters: [id, query] },
      post: { security: [], parameters: [id], requestBody: JSON_BODY },
    },
  },
};

test('no input is an error of the gateway, on its own routes and on the way to a service', async () => {
  const gateway = await gatewayTo((req, res) => {
    req.resume().once('end', () => res.end('{}'));
  });
  const { answers, faults } = await walkHostileInput({ url: gateway.url, document, tokens: {} });
  expect(faults).toEqual([]);
  for (const status of [200, 302, 400, 404, 413]) {
    expect(answers[status] ?? 0, `answers with status ${status}`).toBeGreaterThan(0);
  }
}, 240_000);
