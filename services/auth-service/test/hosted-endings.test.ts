import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuthService, startAuthService } from './harness.ts';
import {
  addHostedClients,
  answerOf,
  authorizeUrl,
  CALLBACK,
  newPkce,
  openBrowser,
} from './hosted-browser.ts';
import { changedPlaces, placeOf, revokedPlaces } from './issued-tokens.ts';

let auth: AuthService;
beforeAll(async () => {
  auth = await startAuthService();
  await addHostedClients(auth);
});
afterAll(() => auth.stop());

/** One browser in which a person has signed in, with a session that came of it; and a login beside it. */
async function signIn() {
  const browser = openBrowser(auth);
  await browser.signIn(await browser.open('/sign-in'));
  const { verifier, challenge } = newPkce();
  const { code = '' } = answerOf(await browser.get(authorizeUrl({ code_challenge: challenge })));
  const form = {
    grant_type: 'authorization_code',
    client_id: 'our-app',
    redirect_uri: CALLBACK,
    code,
    code_verifier: verifier,
  };
  const redeem = async () => (await auth.request('POST /token', { form })).body;
  const first = await redeem();
  const refreshed = await auth.request('POST /token', {
    form: {
      grant_type: 'refresh_token',
      client_id: 'our-app',
      refresh_token: first.refresh_token,
    },
  });
  await auth.login('wangerge');
  const tokens = [first.access_token, refreshed.body.access_token].map(placeOf).sort();
  return { browser, redeem, tokens, idToken: first.id_token as string };
}

type World = Awaited<ReturnType<typeof signIn>>;

const signOut = async ({ browser }: World) => browser.submit(await browser.get('/logout'), {});

test.each<[string, (world: World) => Promise<unknown>]>([
  ['sign out at the pages', signOut],
  [
    'sign out from the client',
    ({ browser, idToken }) => browser.get(`/logout?id_token_hint=${idToken}`),
  ],
  [
    'sign out from the client, of another browser that nobody signed in at',
    async ({ idToken }) => {
      const elsewhere = openBrowser(auth);
      await elsewhere.get(`/logout?id_token_hint=${idToken}`);
    },
  ],
  ['use a code again', ({ redeem }) => redeem()],
])('%s: the tokens that came of the sign-in, and no others', async (_, act) => {
  const world = await signIn();
  const before = new Set(await revokedPlaces(auth));
  await act(world);
  const revoked = (await revokedPlaces(auth)).filter((place) => !before.has(place));
  expect(revoked).toEqual(world.tokens);
  expect(await changedPlaces(auth)).toEqual({ places: await revokedPlaces(auth), faults: [] });
});

test('a changed password ends the browser sign-in too: nothing comes of its cookie', async () => {
  const { browser } = await signIn();
  const { access_token: token } = (await auth.login('wangerge')).body;
  const json = { currentPassword: 'wren-under-the-eaves', newPassword: 'a-new-lock-on-the-door' };
  expect((await auth.request('PUT /users/me/password', { token, json })).status).toBe(204);
  const { location } = await browser.get(authorizeUrl({ prompt: 'none' }));
  expect(location).toContain('error=login_required');
});
