import { Problem } from '@latchkey/service-kit/http/problems';
import { problems } from '../errors.ts';

const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
const BROKEN_CONNECTIONS = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);
/** RFC 9110 §9.2.2. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** The problem for a service that did not answer. */
export function toProblem(error: Error, { sent }: { sent: boolean }): Problem {
  if (error instanceof Problem) return error;
  if (!sent) return problems.upstream_unavailable({ cause: error });
  if (TIMEOUTS.has(codeOf(error))) return problems.upstream_timeout({ cause: error });
  return problems.upstream_failed({ cause: error });
}

/** Whether a request that was sent, but got no byte of an answer, may be sent a second time. */
export function mayRepeat(method: string, error: Error): boolean {
  return IDEMPOTENT.has(method) && BROKEN_CONNECTIONS.has(codeOf(error));
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
