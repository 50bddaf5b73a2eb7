import fetch from 'node-fetch';
import { isLoopback } from '../clients/redirect-uri.ts';

/** Why a client was not told, in a few words. */
class NotDelivered extends Error {
  override name = 'NotDelivered';
}

/** No person waits for it, but a copy that stops does. */
const TIMEOUT_MS = 5_000;

/** http is for a whole system on one machine: elsewhere loopback would be this service's own host. */
const isReachable = (uri: string, issuer: string) =>
  uri.startsWith('https:') || (issuer.startsWith('http:') && isLoopback(uri));

/**
 * OpenID Connect Back-Channel Logout §2.5. The address is as an administrator registered it: no
 * redirect leads elsewhere, and nothing of the answer but its status is read.
 *
 * @throws NotDelivered
 */
export async function sendLogoutToken(
  uri: string,
  token: string,
  { issuer, signal }: { issuer: string; signal: AbortSignal },
): Promise<void> {
  if (!isReachable(uri, issuer)) throw new NotDelivered('the address must be https');
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(uri, {
    method: 'POST',
    redirect: 'manual',
    signal: AbortSignal.any([signal, timeout]),
    body: new URLSearchParams({ logout_token: token }),
  }).catch((error: { code?: string; name?: string }) => {
    const reason = timeout.aborted ? 'timed out' : (error.code ?? error.name);
    throw new NotDelivered(reason, { cause: error });
  });
  (response.body as NodeJS.ReadableStream & { destroy(): void }).destroy();
  if (!response.ok) throw new NotDelivered(`answered ${response.status}`);
}
