import type { IncomingMessage } from 'node:http';
import type { Problem } from '@latchkey/service-kit/http/problems';
import { problems } from '../errors.ts';
import type { SessionCookies } from './session-cookies.ts';

/** A header that only scripts of this origin can send: others would need a preflight, which says no. */
const CUSTOM_HEADER = 'latchkey-csrf';
const SAFE = new Set(['GET', 'HEAD']);

/** A request is with a session, or without one, or refused. */
export type SessionUse = { secret: string } | 'none' | Problem;

interface Dependencies {
  issuer: string;
  cookies: Pick<SessionCookies, 'session'>;
}

/**
 * Whether a request's cookie speaks for a person. What a page of another site, or a plain form or link,
 * makes a browser send does not; a request with a token of its own has no need of it.
 */
export function sessionUseOf({ issuer, cookies }: Dependencies) {
  return (req: IncomingMessage): SessionUse => {
    const secret = cookies.session(req.headers.cookie);
    if (secret === undefined) return 'none';
    const { headers, method = '' } = req;
    if (headers.authorization !== undefined) return problems.two_credentials();
    const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
    // Addresses that are opened, and forms: pages of services have their own cookies and guards.
    if (mode === 'navigate') return 'none';
    if (site !== undefined && site !== 'same-origin') return problems.cross_site_request();
    if (origin !== undefined && origin !== issuer) return problems.cross_site_request();
    const isFromHere = site === 'same-origin' || origin === issuer;
    const hasHeader = headers[CUSTOM_HEADER] !== undefined;
    // What opens a stream or a WebSocket cannot send it.
    if (hasHeader || (isFromHere && SAFE.has(method))) return { secret };
    return problems.csrf_header_missing();
  };
}
