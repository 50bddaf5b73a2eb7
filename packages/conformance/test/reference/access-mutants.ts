import { claimsOf, type Mutant, mutant, reply, replyWhen, withClaims } from './mutation.ts';
import { ADA, type Given, type ReferenceService } from './service.ts';

const ALL = ADA.scopes.join(' ');
const SCOPES = ['scope.missing', 'scope.absent', 'scope.whole-words', 'scope.role-is-none'];
const noteOf = (given: Given, service: ReferenceService) =>
  service.notes.get(Number(given.path.split('/')[2]));
const isForeign = (given: Given, service: ReferenceService) =>
  noteOf(given, service)?.owner === 910_001 && claimsOf(given).id === 910_002;

/** Faults in who may do what. */
export const ACCESS_MUTANTS: readonly Mutant[] = [
  mutant(
    'checks no scope',
    SCOPES,
    withClaims((claims) => ({ ...claims, scope: ALL })),
  ),
  mutant(
    'takes an absent scope for all',
    'scope.absent',
    withClaims((claims) => ('scope' in claims ? claims : { ...claims, scope: ALL })),
  ),
  mutant(
    'looks for the scope within the text',
    'scope.whole-words',
    withClaims(({ scope, ...claims }) => ({
      ...claims,
      scope: ADA.scopes.filter((one) => String(scope).includes(one)).join(' '),
    })),
  ),
  mutant(
    'takes the role admin for every scope',
    'scope.role-is-none',
    withClaims((claims) =>
      String(claims.roles).includes('admin,') ? { ...claims, scope: ALL } : claims,
    ),
  ),
  mutant(
    'breaks on a token without id',
    'access.machine-token',
    replyWhen(500, (given) => claimsOf(given).sub === 'conformance'),
  ),
  mutant(
    'breaks on NUL in sub',
    'access.odd-claims',
    replyWhen(500, (given) => String(claimsOf(given).sub).includes('\0')),
  ),
  mutant('answers 403 for a foreign row', 'rows.foreign-equals-absent', {
    before: (given, service) => (isForeign(given, service) ? reply(403) : undefined),
  }),
  mutant('says whose row it is', 'rows.foreign-equals-absent', {
    before: (given, service) =>
      isForeign(given, service) ? reply(404, { detail: 'This note is not yours.' }) : undefined,
  }),
  mutant('lets anyone delete', ['rows.foreign-equals-absent', 'rows.owner-keeps'], {
    before: (given, service) =>
      given.method === 'DELETE' && isForeign(given, service)
        ? service.serveAs(given, ADA)
        : undefined,
  }),
  mutant('lists all rows', 'rows.lists-are-own', {
    before: (given, service) =>
      given.method === 'GET' && given.path === '/notes' && claimsOf(given).id === 910_002
        ? { status: 200, headers: {}, body: [...service.notes.values()] }
        : undefined,
  }),
];
