import { hashOf } from '@latchkey/service-kit/http/secrets';
import { type Destinations, signInContextOf } from '../authorize/destination.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import type { PasskeyCeremonies } from '../factors/passkey-ceremonies.ts';
import type { SecondFactorOperations } from '../factors/second-factor-operations.ts';
import { signInPage } from '../pages/account-pages.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { DefinePasskeyOptions } from '../pages/passkey-options-route.ts';
import { againOn, orAgain, readable } from './page-again.ts';

interface Dependencies {
  page: DefinePage;
  passkeyOptions: DefinePasskeyOptions;
  destinations: Destinations;
  logins: Pick<BrowserLoginOperations, 'find'>;
  ceremonies: Pick<PasskeyCeremonies, 'optionsToSign'>;
  secondFactor: Pick<SecondFactorOperations, 'signInByPasskey'>;
}

/** Signing in by a passkey instead of a username and a password. */
export function passkeySignInRoutes(deps: Dependencies) {
  const { page, passkeyOptions, destinations, logins, ceremonies, secondFactor } = deps;
  return [
    passkeyOptions({
      path: '/sign-in/passkey/options',
      optionsFor: (visit) =>
        ceremonies.optionsToSign(
          { browserHash: hashOf(visit.browser), purpose: 'sign_in', userId: undefined },
          visit.caller,
        ),
    }),
    page({
      method: 'post',
      path: '/sign-in/passkey',
      summary: 'Sign in by a passkey',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const destination = await destinations.read(visit, req.query);
        const context = visit.contextFor(destination);
        const again = againOn(visit, destination, (faults) =>
          signInPage(context, { username: undefined, faults }, destination),
        );
        return orAgain(context.language.t, again, async () => {
          const previous = await logins.find(visit.login);
          const credential = readable(() => form.get('credential')) ?? '';
          const signedIn = await secondFactor.signInByPasskey(
            { kind: 'passkey', credential, browserHash: hashOf(visit.browser) },
            signInContextOf(visit, destination, previous),
          );
          return destinations.goOnSignedIn(visit, destination, signedIn);
        });
      },
    }),
  ];
}
