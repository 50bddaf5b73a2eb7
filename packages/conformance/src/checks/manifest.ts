import { DOCUMENTED } from '../issuer/tokens.ts';
import type { Check, Failure } from './check.ts';
import { Skipped } from './skipped.ts';

const NAME = 'service.json';
const fault = (expected: string, actual: string): Failure => ({ where: NAME, expected, actual });
/** What a service serves beside its routes. */
const OWN = /^\/(?:healthz|readyz|metrics|openapi\.json|docs|\.well-known)(?:\/|$)/;

export const MANIFEST_CHECKS: readonly Check[] = [
  {
    id: 'manifest.members',
    title: 'service.json has its members, each of its form',
    rfc: 'docs: Hold your service against the rules',
    severity: 'must',
    run: async ({ manifest }) => manifest.faults.map((line) => fault('a member of its form', line)),
  },
  {
    id: 'manifest.routes',
    title: 'Every path of the API document is below a route of service.json',
    rfc: 'docs: Hold your service against the rules',
    severity: 'must',
    run: async ({ manifest, operations }) => {
      const isCovered = (path: string) =>
        manifest.routes.some((route) => path === route || path.startsWith(`${route}/`));
      const paths = [...new Set(operations.map(({ path }) => path))];
      return paths
        .filter((path) => !OWN.test(path) && !isCovered(path))
        .map((path) => fault(`a route above ${path}`, manifest.routes.join(', ') || 'no routes'));
    },
  },
  {
    id: 'manifest.scopes',
    profiles: DOCUMENTED,
    title: 'Every scope of the API document is in service.json, and each of those is used',
    rfc: 'RFC 6749 §3.3',
    severity: 'must',
    run: async ({ manifest, guarded }) => {
      const used = new Set(guarded.flatMap(({ scopes = [] }) => scopes));
      if (used.size === 0 && manifest.scopes.length === 0) {
        throw new Skipped('neither names a scope');
      }
      const unknown = [...used].filter((scope) => !manifest.scopes.includes(scope));
      const idle = manifest.scopes.filter((scope) => !used.has(scope));
      return [
        ...unknown.map((scope) =>
          fault(`the scope ${scope}, which an operation asks for`, 'absent'),
        ),
        ...idle.map((scope) => fault(`an operation that asks for the scope ${scope}`, 'none')),
      ];
    },
  },
  {
    id: 'manifest.guarded',
    title: 'The API document says which operations ask for a token',
    rfc: 'OpenAPI §4.8.30',
    severity: 'must',
    run: async ({ guarded, operations }) =>
      guarded.length > 0
        ? []
        : [
            {
              where: 'the API document',
              expected: 'a security requirement at the operations that ask for a token',
              actual: `${operations.length} operations, none with one`,
            },
          ],
  },
];
