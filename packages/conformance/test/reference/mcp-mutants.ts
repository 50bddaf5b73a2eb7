import { callOf, type McpReferenceService, METADATA_PATH, plain } from './mcp-service.ts';
import { after, authorizationOf, type Mutant, mutant, withHeader } from './mutation.ts';
import { ADA, type Given, type Mutation, type ReferenceService, type Reply } from './service.ts';

const mcp = (service: ReferenceService) => service as McpReferenceService;
const performed = (given: Given, service: ReferenceService) =>
  mcp(service).perform(callOf(given), ADA.scopes);
const isOpening = (given: Given) => callOf(given).method === 'server/discover';
const hasToken = (given: Given) => authorizationOf(given) !== '';
const scopesIn = (header: string) => / scope="([^"]*)"/.exec(header)?.[1]?.split(' ') ?? [];

/** Serves as for a token with every scope where this is so. */
const openWhen = (isSo: (given: Given) => boolean): Mutation => ({
  before: (given, service) =>
    given.path === '/notes' && isSo(given) ? performed(given, service) : undefined,
});

const withMetadata = (change: (metadata: Record<string, unknown>) => unknown): Mutation =>
  after((reply, given) =>
    given.path === METADATA_PATH
      ? { ...reply, body: change(reply.body as Record<string, unknown>) }
      : reply,
  );

const challengeOf = (status: number, change: (header: string) => string): Mutation =>
  after((reply: Reply, given) =>
    reply.status === status
      ? (withHeader('www-authenticate', change).after?.(reply, given) ?? reply)
      : reply,
  );

const withoutMetadata = (header: string) => header.replace(/, resource_metadata="[^"]*"/, '');

const withoutScope = (header: string) => header.replace(/, scope="[^"]*"/, '');

/** Faults of an MCP server. */
export const MCP_MUTANTS: readonly Mutant[] = [
  mutant('knows no opening', ['mcp.opening', 'mcp.origin'], {
    before: (given) => (hasToken(given) && isOpening(given) ? plain(404, {}) : undefined),
  }),
  mutant(
    'guards the opening alone',
    'mcp.every-method',
    openWhen((given) => !hasToken(given) && callOf(given).method === 'tools/call'),
  ),
  mutant(
    'takes a session for a login',
    'mcp.session-is-no-login',
    openWhen((given) => !hasToken(given) && 'mcp-session-id' in given.message.headers),
  ),
  mutant('names no metadata in 401', 'mcp.challenge', challengeOf(401, withoutMetadata)),
  mutant(
    'names an error where no token came',
    'mcp.challenge',
    challengeOf(401, (header) =>
      header.includes('error=') ? header : `${header}, error="invalid_token"`,
    ),
  ),
  mutant(
    'names a path for the metadata',
    'mcp.challenge',
    challengeOf(401, (header) => header.replace(/(resource_metadata=")https?:\/\/[^/]+/, '$1')),
  ),
  mutant('names no scopes in 401', 'mcp.challenge-scope', challengeOf(401, withoutScope)),
  mutant('has no metadata', 'mcp.metadata', {
    before: ({ path }) => (path === METADATA_PATH ? plain(404, {}) : undefined),
  }),
  mutant(
    'has the metadata of another resource',
    'mcp.metadata',
    withMetadata((metadata) => ({ ...metadata, resource: 'https://other.example/notes' })),
  ),
  mutant(
    'names another issuer',
    'mcp.metadata',
    withMetadata((metadata) => ({
      ...metadata,
      authorization_servers: ['https://login.evil.example'],
    })),
  ),
  mutant(
    'checks no scope',
    'mcp.scope-challenge',
    openWhen((given) => hasToken(given) && callOf(given).method === 'tools/call'),
  ),
  mutant('names no scope in 403', 'mcp.scope-challenge', challengeOf(403, withoutScope)),
  mutant('names no metadata in 403', 'mcp.scope-challenge', challengeOf(403, withoutMetadata)),
  mutant(
    'asks for one scope at a time',
    'mcp.scopes-at-once',
    challengeOf(403, (header) =>
      header.replace(/ scope="[^"]*"/, ` scope="${scopesIn(header)[0]}"`),
    ),
  ),
  mutant('streams to anyone', 'mcp.other-methods', {
    before: ({ method, path }) =>
      path === '/notes' && method === 'GET'
        ? plain(200, ':\n\n', { 'content-type': 'text/event-stream' })
        : undefined,
  }),
  ...['https://evil.example', 'null'].map((origin) =>
    mutant(
      `serves pages of ${origin}`,
      'mcp.origin',
      openWhen((given) => hasToken(given) && given.message.headers.origin === origin),
    ),
  ),
];
