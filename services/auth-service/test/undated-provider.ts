import { listenOnLoopback } from '@latchkey/service-kit/testing/harness';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

export const UNDATED_CLIENT_ID = 'latchkey';

/** A provider whose ID tokens have no `auth_time`, which OpenID Connect leaves open; it asks nobody anything. */
export async function startUndatedProvider() {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256', kid: 'one', use: 'sig' };
  const nonces = new Map<string, string>();
  let issuer = '';

  const idToken = (nonce: string) =>
    new SignJWT({ nonce })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(issuer)
      .setAudience(UNDATED_CLIENT_ID)
      .setSubject('somebody')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);

  const metadata = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  });

  const server = await listenOnLoopback(async (req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', issuer);
    const answer = (body: object) =>
      res.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
    if (pathname === '/.well-known/openid-configuration') return answer(metadata());
    if (pathname === '/jwks') return answer({ keys: [jwk] });
    if (pathname === '/authorize') {
      const code = crypto.randomUUID();
      nonces.set(code, searchParams.get('nonce') ?? '');
      const state = searchParams.get('state') ?? '';
      const back = `${searchParams.get('redirect_uri')}?${new URLSearchParams({ code, state })}`;
      return res.writeHead(303, { Location: back }).end();
    }
    let form = '';
    for await (const chunk of req) form += chunk;
    const nonce = nonces.get(new URLSearchParams(form).get('code') ?? '') ?? '';
    return answer({ access_token: 'x', token_type: 'Bearer', id_token: await idToken(nonce) });
  });
  issuer = server.url;
  return { issuer, stop: () => server.close() };
}
