import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AGENT_CALLBACK,
  agentEnv,
  type DocumentHost,
  openDocumentHost,
  outboundTo,
} from './document-host.ts';
import { type AuthService, auditTypes, startAuthService, testClock } from './harness.ts';
import { answerOf, authorizeUrl, newPkce, openBrowser } from './hosted-browser.ts';

const clock = testClock();
let host: DocumentHost;
let service: AuthService;
beforeAll(async () => {
  host = await openDocumentHost();
  const outbound = outboundTo(host);
  service = await startAuthService({ env: agentEnv, now: clock.now, outbound });
});
afterAll(async () => {
  await service.stop();
  await host.stop();
});

/** Signs in, allows, and trades the code. */
async function connect(clientId: string, given: Record<string, string> = {}, more = {}) {
  const { verifier, challenge } = newPkce();
  const redirect_uri = given.redirect_uri ?? AGENT_CALLBACK;
  const browser = openBrowser(service);
  const scope = 'openid todo:read offline_access';
  const request = { client_id: clientId, scope, code_challenge: challenge, ...given, redirect_uri };
  const first = await browser.open(authorizeUrl(request));
  const consent = await browser.signIn(first);
  const answer = await browser.submit(consent, { decision: 'allow' });
  const { code = '' } = answerOf(answer);
  const form = { code, redirect_uri, client_id: clientId, code_verifier: verifier };
  const body = { grant_type: 'authorization_code', ...form, ...more };
  return { browser, consent, answer, tokens: await service.request('POST /token', { form: body }) };
}

const refresh = (clientId: string, refreshToken: string, more = {}) =>
  service.request('POST /token', {
    form: {
      grant_type: 'refresh_token',
      client_id: clientId,
      refresh_token: refreshToken,
      ...more,
    },
  });

test('a client that nobody registered signs a person in, and refreshes', async () => {
  const id = host.publish('/first.json');
  const { consent, answer, tokens } = await connect(id);
  expect(consent.text).toContain('Garden Agent asks for access');
  expect(consent.text).toContain(`published by <strong>agent.test:${host.port}</strong>`);
  expect(consent.text).toContain('answer goes to <strong>agent.test</strong>');
  expect(answerOf(answer)).toMatchObject({ iss: 'http://localhost:8080', state: 'the-state' });
  expect(tokens.body).toMatchObject({ scope: 'openid todo:read' });
  const refreshed = await refresh(id, tokens.body.refresh_token);
  expect(refreshed.status).toBe(200);
  const row = await service.db.client.findUniqueOrThrow({ where: { id } });
  expect(row).toMatchObject({ name: 'Garden Agent', firstParty: false, audience: null });
  expect(await auditTypes(service, 'client.')).toContain('client.created');
});
