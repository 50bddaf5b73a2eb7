import { type RequestListener, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Problem } from '@latchkey/service-kit/http/problems';
import type { Log } from '@latchkey/service-kit/process/log';
import { boundConnections } from '../bounds/connection-shares.ts';
import { problems } from '../errors.ts';
import { problemHeaders } from '../proxied-request.ts';
import type { ConnectionLimits } from '../upstreams/instance.ts';
import { createTrust } from './forwarded-info.ts';

/** A connection on which nothing moves during a request, an unread answer included. */
const IDLE_TIMEOUT_MS = 120_000;
/** The upstream timeout fires first, so that a 504 can still be sent. */
const MARGIN_MS = 5_000;

export interface ServerBounds {
  log: Log;
  maxBodyBytes: number;
  maxConnections: number;
  trustedProxies: readonly string[];
}

/** Bounds a server's connections, and gives it the gateway's own answers to what never becomes a request. */
export function hardenServer(
  server: Server,
  app: RequestListener,
  { log, maxBodyBytes, maxConnections, trustedProxies }: ServerBounds,
): void {
  boundConnections(server, {
    maxConnections,
    isProxy: createTrust(trustedProxies),
    refusal: rawAnswer(problems.too_many_connections()),
    log,
  });
  server.setTimeout(IDLE_TIMEOUT_MS);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const problem = parserProblem(error.code);
    log.info({ status: problem.status, code: problem.code, reason: error.code }, 'refused');
    // An answer may already be on its way on this connection; it must not be mixed with another.
    if (socket.bytesWritten > 0) socket.destroy();
    else socket.end(rawAnswer(problem));
  });
  // A body that will be refused is not asked for (RFC 9110 §10.1.1).
  server.on('checkContinue', (req, res) => {
    const length = Number(req.headers['content-length'] ?? 0);
    if (length <= maxBodyBytes) res.writeContinue();
    app(req, res);
  });
}

/** Extends the socket's idle timeout for services that allow longer silence. */
export function allowSilence(socket: Socket, limits: ConnectionLimits): void {
  const longestMs = Math.max(limits.headersTimeoutMs, limits.bodyIdleTimeoutMs) + MARGIN_MS;
  if (longestMs > IDLE_TIMEOUT_MS) socket.setTimeout(longestMs);
}

function parserProblem(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return problems.headers_too_large();
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problems.request_timeout();
    case 'HPE_INVALID_CONTENT_LENGTH':
    case 'HPE_UNEXPECTED_CONTENT_LENGTH':
    case 'HPE_INVALID_TRANSFER_ENCODING':
      return problems.invalid_framing();
    default:
      return problems.malformed_request();
  }
}

function rawAnswer(problem: Problem): string {
  const body = JSON.stringify(problem);
  const headers = [
    ...problemHeaders(problem),
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Connection',
    'close',
  ];
  const lines = [`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`];
  for (let index = 0; index < headers.length; index += 2) {
    lines.push(`${headers[index]}: ${headers[index + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
