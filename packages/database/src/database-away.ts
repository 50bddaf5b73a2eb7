/** PostgreSQL's own codes (SQLSTATE); a class of two characters stands for all of its codes. */
const SQL_STATES = [
  '08', // connection exception
  '53', // insufficient resources: connections, memory, disk
  '57', // operator intervention: shut-down, starting up, cancelled by statement_timeout
  '58', // system error
  '28', // the role or its password is not (yet, any more) accepted
  '3D', // no such database
  '55000', // it lets nobody in (ALLOW_CONNECTIONS false)
  '25006', // read-only: a standby took over
];

/** Prisma's codes for the same. */
const PRISMA_CODES = new Set(
  'P1000 P1001 P1002 P1003 P1008 P1010 P1011 P1017 P2024 P2028 P2037'.split(' '),
);

const SYSTEM_CODES = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH'.split(
    ' ',
  ),
);

/** What adapter-pg calls them when it has mapped an error. */
const ADAPTER_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
  'TlsConnectionError',
  'AuthenticationFailed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
]);

/** pg's errors that carry no code. */
const MESSAGES =
  /timeout exceeded when trying to connect|connection terminated|connection ended|query read timeout|not queryable|Cannot use a pool after calling end/i;

const MAX_DEPTH = 6;

const isSqlState = (code: string): boolean =>
  code.length === 5 && SQL_STATES.some((known) => code.startsWith(known));

/**
 * Whether an error of Prisma, its adapter or pg says that the database cannot answer now, as
 * opposed to having refused this one query. A service answers it with 503 and Retry-After.
 */
export function isDatabaseAway(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > MAX_DEPTH) return false;
  const { code, originalCode, kind, message, cause, meta, errors } = error as Record<
    string,
    unknown
  >;
  for (const known of [code, originalCode]) {
    if (typeof known !== 'string') continue;
    if (PRISMA_CODES.has(known) || SYSTEM_CODES.has(known) || isSqlState(known)) return true;
  }
  if (typeof kind === 'string' && ADAPTER_KINDS.has(kind)) return true;
  if (typeof message === 'string' && error instanceof Error && MESSAGES.test(message)) return true;
  const nested = [
    cause,
    (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError,
  ];
  if (Array.isArray(errors)) nested.push(...errors);
  return nested.some((inner) => isDatabaseAway(inner, depth + 1));
}
