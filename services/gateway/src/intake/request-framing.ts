import type { IncomingMessage } from 'node:http';
import type { Problem } from '@latchkey/service-kit/http/problems';
import { problems } from '../errors.ts';

const MAX_HEADERS = 100;

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** A name, an IPv4 or a bracketed IPv6 address, and perhaps a port. */
const HOST = /^(?:[a-z0-9._-]{1,255}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * What is wrong with a request's head beyond what Node's parser refuses by itself, if anything: all
 * that could make two readers see two different requests (RFC 9112 §3.2, §6.1, §11.2).
 */
export function framingProblem(req: IncomingMessage, maxBodyBytes: number): Problem | undefined {
  const { rawHeaders, headers } = req;
  if (rawHeaders.length > 2 * MAX_HEADERS) return problems.headers_too_large();
  if (!METHODS.has(req.method ?? '')) return problems.method_not_implemented();
  if (countOf(rawHeaders, 'host') !== 1 || !HOST.test(headers.host ?? '')) {
    return problems.invalid_host();
  }
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding !== undefined) {
    if (length !== undefined || req.httpVersion !== '1.1') return problems.invalid_framing();
    if (coding.toLowerCase() !== 'chunked') return problems.coding_not_implemented();
  }
  if (length !== undefined && Number(length) > maxBodyBytes) return problems.body_too_large();
  return undefined;
}

/** Whether a body follows the head (RFC 9112 §6). */
export function hasBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && Number(length) > 0;
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = rawHeaders[index] as string;
    if (given.length === name.length && given.toLowerCase() === name) count += 1;
  }
  return count;
}
