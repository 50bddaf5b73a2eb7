import type { Middleware } from 'openapi-fetch';
import { callGateway } from './gateway.ts';

/** The gateway takes two seconds before it believes that a token it has just fetched is refused. */
const WAITS_MS = [0, 2_500];

async function isStillSignedIn(): Promise<boolean> {
  return ((await callGateway('/session')) as { signedIn: boolean }).signedIn;
}

/**
 * A service may refuse a session's token before its time: the key that signed it was removed. The
 * gateway has another one for the next request, so a call that was refused (and not done) is sent again.
 */
export function resending(): Middleware {
  const kept = new Map<string, Request>();
  return {
    onRequest({ request, id }) {
      kept.set(id, request.clone());
    },
    async onResponse({ response, id }) {
      const request = kept.get(id);
      kept.delete(id);
      let last = response;
      for (const waitMs of WAITS_MS) {
        if (!request || !isTokenRefused(last)) break;
        if (!(await isStillSignedIn().catch(() => false))) break;
        await new Promise((done) => setTimeout(done, waitMs));
        last = await fetch(request.clone());
      }
      return last;
    },
    onError({ id }) {
      kept.delete(id);
    },
  };
}

/** RFC 6750 §3.1. */
const isTokenRefused = ({ status, headers }: Response): boolean =>
  status === 401 && (headers.get('www-authenticate') ?? '').includes('error="invalid_token"');
