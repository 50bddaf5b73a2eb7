/** A second app, at another origin: no password of its own, its own session cookie. */
import { randomUUID } from 'node:crypto';
import { parseCookie, stringifySetCookie } from 'cookie';
import express, { type Request, type Response } from 'express';
import { html } from 'hono/html';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as oidc from 'openid-client';

const { ISSUER = 'http://localhost:8080', PORT = '3003' } = process.env;
const { ORIGIN = `http://localhost:${PORT}`, CLIENT_ID = 'second-origin' } = process.env;
const COOKIE = 'second-origin';

interface Session {
  /** While the person is at the login. */
  checks?: { pkceCodeVerifier: string; expectedState: string; expectedNonce: string };
  /** Once the person is back. */
  user?: { name: string; sid: string; idToken: string };
}

const config = await oidc.discovery(new URL(ISSUER), CLIENT_ID, undefined, oidc.None(), {
  execute: ISSUER.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
});
const keys = createRemoteJWKSet(new URL(config.serverMetadata().jwks_uri ?? ''));
/** In memory, to keep the example short. An app of several copies keeps them in a database. */
const sessions = new Map<string, Session>();

const idOf = (req: Request) => parseCookie(req.headers.cookie ?? '')[COOKIE] ?? '';
/** A new id at each step: one from before the sign-in is worth nothing after it. */
function start(res: Response, previous: string, session: Session): void {
  sessions.delete(previous);
  const value = randomUUID();
  sessions.set(value, session);
  const secure = ORIGIN.startsWith('https:');
  const cookie = {
    name: COOKIE,
    value,
    httpOnly: true,
    secure,
    sameSite: 'lax',
    path: '/',
  } as const;
  res.append('Set-Cookie', stringifySetCookie(cookie));
}

const app = express();
app.get('/', (req, res) => {
  const user = sessions.get(idOf(req))?.user;
  const signedIn = (name: string) => html`<p>Signed in as ${name}</p>
<form method="post" action="/sign-out"><button>Sign out</button></form>`;
  const content = user ? signedIn(user.name) : html`<a href="/sign-in">Sign in</a>`;
  res.send(
    String(html`<!doctype html><html lang="en"><title>Second origin</title>${content}</html>`),
  );
});

app.get('/sign-in', async (req, res) => {
  const checks = {
    pkceCodeVerifier: oidc.randomPKCECodeVerifier(),
    expectedState: oidc.randomState(),
    expectedNonce: oidc.randomNonce(),
  };
  start(res, idOf(req), { checks });
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: `${ORIGIN}/callback`,
    scope: 'openid profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  });
  res.redirect(url.href);
});

app.get('/callback', async (req, res) => {
  const { checks } = sessions.get(idOf(req)) ?? {};
  if (!checks) return res.redirect('/');
  const tokens = await oidc.authorizationCodeGrant(config, new URL(req.url, ORIGIN), checks);
  const claims = tokens.claims();
  const user = {
    name: String(claims?.sub),
    sid: String(claims?.sid),
    idToken: tokens.id_token ?? '',
  };
  start(res, idOf(req), { user });
  res.redirect('/');
});

/** The login says that a session ended (OpenID Connect Back-Channel Logout §2.6). */
app.post('/backchannel-logout', express.urlencoded(), async (req, res) => {
  res.set('Cache-Control', 'no-store');
  const { logout_token: token = '' } = req.body ?? {};
  const expected = { issuer: ISSUER, audience: CLIENT_ID, typ: 'logout+jwt' };
  const required = { requiredClaims: ['sid', 'iat', 'exp', 'jti', 'events'] };
  const verified = jwtVerify(String(token), keys, { ...expected, ...required });
  const claims = (await verified.catch(() => undefined))?.payload;
  const events = claims?.events as Record<string, unknown> | undefined;
  if (!events?.['http://schemas.openid.net/event/backchannel-logout'] || claims?.nonce) {
    return res.sendStatus(400);
  }
  for (const [id, { user }] of sessions) if (user?.sid === claims?.sid) sessions.delete(id);
  res.sendStatus(200);
});

app.post('/sign-out', (req, res) => {
  const user = sessions.get(idOf(req))?.user;
  sessions.delete(idOf(req));
  if (!user) return res.redirect(303, '/');
  const id_token_hint = user.idToken;
  const back = { post_logout_redirect_uri: `${ORIGIN}/`, id_token_hint };
  res.redirect(303, oidc.buildEndSessionUrl(config, back).href);
});

const server = app.listen(Number(PORT), () => console.log(ORIGIN));
process.once('SIGTERM', () => server.close());
