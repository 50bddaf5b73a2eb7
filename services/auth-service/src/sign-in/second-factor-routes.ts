import { Problem } from '@latchkey/service-kit/http/problems';
import {
  type Destination,
  type Destinations,
  pendingKeyOf,
  signInContextOf,
} from '../authorize/destination.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import { problems } from '../errors.ts';
import type { FactorOperations } from '../factors/factor-operations.ts';
import type { GivenFactor } from '../factors/factor-verification.ts';
import type { PasskeyCeremonies } from '../factors/passkey-ceremonies.ts';
import type { SecondFactorOperations } from '../factors/second-factor-operations.ts';
import { signInPage } from '../pages/account-pages.ts';
import { withQuery } from '../pages/layout.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import type { DefinePasskeyOptions } from '../pages/passkey-options-route.ts';
import { secondFactorPage } from '../pages/second-factor-page.ts';
import type { TokenParameters } from '../tokens/token-request.ts';
import { againOn, orAgain, readable } from './page-again.ts';

interface Dependencies {
  page: DefinePage;
  destinations: Destinations;
  logins: Pick<BrowserLoginOperations, 'find'>;
  secondFactor: SecondFactorOperations;
  factors: Pick<FactorOperations, 'read'>;
  passkeyOptions: DefinePasskeyOptions;
  ceremonies: Pick<PasskeyCeremonies, 'optionsToSign'>;
}

/**
 * Where a person is asked for the second factor: after the password, or when a client needs more
 * than a person who is signed in has proven.
 */
export function secondFactorRoutes(deps: Dependencies) {
  const { page, destinations, logins, secondFactor, factors, passkeyOptions, ceremonies } = deps;

  const read = async (visit: PageVisit, query: object) => {
    const destination = await destinations.read(visit, query);
    const login = await logins.find(visit.login);
    const asked = await secondFactor.findAsked(pendingKeyOf(visit, destination), login);
    return { destination, login, asked };
  };

  /** From the start again. */
  const expired = (visit: PageVisit, destination: Destination, username: string | undefined) => {
    const context = visit.contextFor(destination);
    const faults = [{ field: '', text: context.language.t.signInExpired }];
    const content = signInPage(context, { username, faults }, destination);
    return visit.page(403, content, destination);
  };

  return [
    page({
      method: 'get',
      path: '/sign-in/second-factor',
      summary: 'The page that asks for a second factor',
      async handle(visit, { req }) {
        const { destination, login, asked } = await read(visit, req.query);
        if (asked) {
          const offered = await factors.read(asked.person.id);
          const context = visit.contextFor(destination);
          const shown = { username: asked.person.username, offered, faults: [] };
          return visit.page(200, secondFactorPage(context, shown), destination);
        }
        const { request, query } = destination;
        if (!login) return visit.redirect(withQuery('/sign-in', query));
        // A client that needs one gets it from a person without a factor, too.
        return request && !login.amr.includes('mfa')
          ? visit.redirect(withQuery('/security/set-up', query))
          : destinations.goOn(visit, destination, login);
      },
    }),
    page({
      method: 'post',
      path: '/sign-in/second-factor',
      summary: 'Give a second factor',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const { destination, login, asked } = await read(visit, req.query);
        const context = visit.contextFor(destination);
        const { t } = context.language;
        if (!asked) return expired(visit, destination, undefined);
        const { username } = asked.person;
        const kind = kindIn(form);
        const field = FIELDS[kind];
        const offered = await factors.read(asked.person.id);
        const again = againOn(visit, destination, (found) => {
          const faults = found.map((one) =>
            one.field === 'code' && kind === 'recovery_code'
              ? { field, text: t.wrongRecoveryCode }
              : one,
          );
          return secondFactorPage(context, { username, offered, faults });
        });
        const value = readable(() => form.get(field)) ?? '';
        if (value === '' && kind !== 'passkey') return again(400, [{ field, text: t.missing }]);
        try {
          return await orAgain(t, again, async () => {
            const { browserHash } = pendingKeyOf(visit, destination);
            const given: GivenFactor =
              kind === 'passkey' ? { kind, credential: value, browserHash } : { kind, code: value };
            const about = signInContextOf(visit, destination, login);
            const signedIn = await secondFactor.prove(asked, given, about);
            return destinations.goOnSignedIn(visit, destination, signedIn);
          });
        } catch (error) {
          if (!isExpired(error)) throw error;
          return expired(visit, destination, username);
        }
      },
    }),
    passkeyOptions({
      path: '/sign-in/second-factor/passkey-options',
      async optionsFor(visit, query) {
        const { destination, asked } = await read(visit, query);
        if (!asked) throw problems.sign_in_expired();
        const { browserHash } = pendingKeyOf(visit, destination);
        const bound = { browserHash, purpose: 'second_factor', userId: asked.person.id } as const;
        return ceremonies.optionsToSign(bound, visit.caller);
      },
    }),
  ];
}

const FIELDS = { totp: 'code', recovery_code: 'recovery_code', passkey: 'credential' } as const;

function kindIn(form: TokenParameters): GivenFactor['kind'] {
  const kind = form.get('factor');
  return kind === 'recovery_code' || kind === 'passkey' ? kind : 'totp';
}

const isExpired = (error: unknown) => error instanceof Problem && error.code === 'sign_in_expired';
