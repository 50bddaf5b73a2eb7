import { unwrap } from './problem.ts';

/** The gateway tells a page's own calls from another site's by this header. */
export const OWN_CALL = { 'Latchkey-CSRF': '1' };

async function send(path: string, init: RequestInit) {
  const response = await fetch(path, { ...init, headers: OWN_CALL });
  const body: unknown = await response.json().catch(() => undefined);
  return { response, data: body, error: body };
}

/**
 * A route of the gateway itself, which no API document describes.
 *
 * @throws Problem for every answer but a good one
 */
export const callGateway = (
  path: string,
  init: Pick<RequestInit, 'method' | 'signal'> = {},
): Promise<unknown> => unwrap(send(path, init));
