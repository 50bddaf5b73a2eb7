import { expect, test } from 'vitest';
import type { ApiDocument } from '../src/docs/api-document.ts';
import { withLoginFlows } from '../src/docs/login-flows.ts';

const documentWith = (flows: unknown): ApiDocument => ({
  openapi: '3.1.1',
  info: { title: 'parcels', version: '1' },
  paths: {},
  components: { securitySchemes: { login: { type: 'oauth2', flows } } },
});

test('a service in another language may leave a flow empty', () => {
  const scopes = { 'parcels:read': 'Read parcels' };
  const given = documentWith({ clientCredentials: null, password: { tokenUrl: '/token', scopes } });
  const { login } = withLoginFlows(given, ['password']).components?.securitySchemes ?? {};
  expect(login).toEqual({ type: 'oauth2', flows: { password: { tokenUrl: '/token', scopes } } });
});
