import { join } from 'node:path';
import { assertNoConflicts } from '@latchkey/service-kit/joining/service-conflicts';
import { readServices } from '@latchkey/service-kit/joining/service-json';
import { expect, it } from 'vitest';

const services = readServices(join(import.meta.dirname, '../../../services'));
const routes = services.find(({ role }) => role === 'issuer')?.routes ?? [];

it('there are routes of the issuer', () => {
  expect(routes).toContain('/verify-email');
});

it.each(routes)('%s is reserved for the issuer, even where it does not run', (route) => {
  const other = { name: 'other', routes: [route], scopes: {}, roles: {} };
  expect(() => assertNoConflicts([other])).toThrow(`the route ${route} is reserved for the issuer`);
});
