import type { Reply } from '@latchkey/service-kit/http/route';
import {
  type Destination,
  type Destinations,
  SIGN_IN_FOR_SECURITY,
} from '../authorize/destination.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import { problems } from '../errors.ts';
import type { FieldFault } from '../pages/fields.ts';
import { withQuery } from '../pages/layout.ts';
import { againOn, orAgain, readable } from '../pages/page-again.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import {
  authenticatorPage,
  recoveryCodesPage,
  securityPage,
  setUpPage,
} from '../pages/security-pages.ts';
import { hashOf } from '../secrets.ts';
import type { TokenParameters } from '../tokens/token-request.ts';
import type { AddedFactor, FactorOperations, TotpEnrollment } from './factor-operations.ts';
import type { PasskeyCeremonies } from './passkey-ceremonies.ts';
import type { DefinePasskeyOptions } from './passkey-options-route.ts';
import { totpSecretText, totpUri } from './totp.ts';

interface Dependencies {
  page: DefinePage;
  brand: string;
  destinations: Destinations;
  logins: Pick<BrowserLoginOperations, 'find'>;
  factors: FactorOperations;
  passkeyOptions: DefinePasskeyOptions;
  ceremonies: Pick<PasskeyCeremonies, 'optionsToRegister'>;
}

/** Where people see and change how they sign in. */
export function securityRoutes(deps: Dependencies) {
  const { page, brand, destinations, logins, factors, passkeyOptions, ceremonies } = deps;
  /** To the sign-in, and back here or to the client that asked. */
  const signInFirst = (visit: PageVisit, { query }: Pick<Destination, 'query'>): Reply =>
    visit.redirect(query === '' ? SIGN_IN_FOR_SECURITY : withQuery('/sign-in', query));

  /** For a change: by a person who signed in just now. */
  const whenFresh = async (
    visit: PageVisit,
    query: object,
    work: (login: BrowserLogin, destination: Destination) => Promise<Reply> | Reply,
  ): Promise<Reply> => {
    const destination = await destinations.read(visit, query);
    const login = await logins.find(visit.login);
    if (!login || !factors.isFresh(login)) return signInFirst(visit, destination);
    return work(login, destination);
  };

  const enrollmentPage = (
    visit: PageVisit,
    { person }: BrowserLogin,
    destination: Destination,
    { secret, sealed }: TotpEnrollment,
  ) => ({
    on: (faults: readonly FieldFault[]) =>
      authenticatorPage(visit.contextFor(destination), {
        uri: totpUri(secret, { brand, username: person.username }),
        secretText: totpSecretText(secret),
        sealed,
        faults,
      }),
  });

  const afterAdding = async (
    visit: PageVisit,
    destination: Destination,
    { signedIn, recoveryCodes }: AddedFactor,
  ): Promise<Reply> => {
    visit.signedIn(signedIn.secret);
    const { request, query } = destination;
    const next = request ? withQuery('/sign-in/second-factor', query) : '/security';
    if (!recoveryCodes) return visit.redirect(next);
    const content = recoveryCodesPage(visit.contextFor(destination), {
      codes: recoveryCodes,
      next,
    });
    return visit.page(200, content, destination);
  };

  /** Where a passkey is added: at the client's request, or among all that there is. */
  const passkeysPage = async (
    visit: PageVisit,
    { person }: BrowserLogin,
    destination: Destination,
  ) => {
    const { request } = destination;
    const context = visit.contextFor(destination);
    const { offersTotp } = factors;
    if (request) {
      const client = request.client.name;
      return (faults: readonly FieldFault[]) => setUpPage(context, { client, offersTotp, faults });
    }
    const view = { username: person.username, offersTotp, ...(await factors.read(person.id)) };
    return (faults: readonly FieldFault[]) => securityPage(context, view, faults);
  };

  return [
    page({
      method: 'get',
      path: '/security',
      summary: 'How a person signs in',
      async handle(visit) {
        const login = await logins.find(visit.login);
        if (!login) return signInFirst(visit, { query: '' });
        const { id, username } = login.person;
        const own = await factors.read(id);
        const view = { username, offersTotp: factors.offersTotp, ...own };
        return visit.page(200, securityPage(visit.contextFor(), view, []));
      },
    }),
    page({
      method: 'get',
      path: '/security/set-up',
      summary: 'A choice of second factors, for a client that needs one',
      async handle(visit, { req }) {
        return whenFresh(visit, req.query, async (login, destination) => {
          if (!destination.request) return visit.redirect('/security');
          const shown = await passkeysPage(visit, login, destination);
          return visit.page(200, shown([]), destination);
        });
      },
    }),
    page({
      method: 'get',
      path: '/security/authenticator',
      summary: 'A secret for an authenticator app',
      async handle(visit, { req }) {
        return whenFresh(visit, req.query, async (login, destination) => {
          if ((await factors.read(login.person.id)).totp) return visit.redirect('/security');
          const shown = enrollmentPage(visit, login, destination, factors.beginTotp(login));
          return visit.page(200, shown.on([]), destination);
        });
      },
    }),
    page({
      method: 'post',
      path: '/security/authenticator',
      summary: 'Add the authenticator app, by a first code from it',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        return whenFresh(visit, req.query, async (login, destination) => {
          if ((await factors.read(login.person.id)).totp) return visit.redirect('/security');
          const { t } = visit.contextFor(destination).language;
          const sealed = readable(() => form.get('enrollment')) ?? '';
          const reopened = factors.reopenTotp(login, sealed);
          const enrollment = reopened ?? factors.beginTotp(login);
          const shown = enrollmentPage(visit, login, destination, enrollment);
          const again = againOn(visit, destination, shown.on);
          if (!reopened) return again(400, [{ field: '', text: t.totpExpired }]);
          const code = readable(() => form.get('code')) ?? '';
          if (code === '') return again(400, [{ field: 'code', text: t.missing }]);
          return orAgain(t, again, async () =>
            afterAdding(
              visit,
              destination,
              await factors.addTotp(login, enrollment, code, visit.caller),
            ),
          );
        });
      },
    }),
    page({
      method: 'post',
      path: '/security/authenticator/remove',
      summary: 'Remove the authenticator app',
      async handle(visit, { req, body }) {
        visit.ownForm(body);
        return whenFresh(visit, req.query, async (login) => {
          await factors.removeTotp(login, visit.caller);
          return visit.redirect('/security');
        });
      },
    }),
    page({
      method: 'post',
      path: '/security/recovery-codes',
      summary: 'Make new recovery codes',
      async handle(visit, { req, body }) {
        visit.ownForm(body);
        return whenFresh(visit, req.query, async (login, destination) => {
          const codes = await factors.renewRecoveryCodes(login, visit.caller);
          if (!codes) return visit.redirect('/security');
          const context = visit.contextFor(destination);
          return visit.page(200, recoveryCodesPage(context, { codes, next: '/security' }));
        });
      },
    }),
    passkeyOptions({
      path: '/security/passkeys/options',
      async optionsFor(visit) {
        const login = await logins.find(visit.login);
        if (!login || !factors.isFresh(login)) throw problems.sign_in_expired();
        return ceremonies.optionsToRegister(login.person, hashOf(visit.browser), visit.caller);
      },
    }),
    page({
      method: 'post',
      path: '/security/passkeys',
      summary: 'Add a passkey',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        return whenFresh(visit, req.query, async (login, destination) => {
          const { t } = visit.contextFor(destination).language;
          const shown = await passkeysPage(visit, login, destination);
          return orAgain(t, againOn(visit, destination, shown), async () => {
            const credential = readable(() => form.get('credential')) ?? '';
            const browserHash = hashOf(visit.browser);
            const given = { credential, browserHash, nameFor: t.passkeyNumber };
            const added = await factors.addPasskey(login, given, visit.caller);
            return afterAdding(visit, destination, added);
          });
        });
      },
    }),
    page({
      method: 'post',
      path: '/security/passkeys/rename',
      summary: 'Give a passkey another name',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        return whenFresh(visit, req.query, async (login) => {
          const name = readable(() => form.get('name')) ?? '';
          await factors.renamePasskey(login, { id: idIn(form), name }, visit.caller);
          return visit.redirect('/security');
        });
      },
    }),
    page({
      method: 'post',
      path: '/security/passkeys/remove',
      summary: 'Remove a passkey',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        return whenFresh(visit, req.query, async (login) => {
          await factors.removePasskey(login, idIn(form), visit.caller);
          return visit.redirect('/security');
        });
      },
    }),
  ];
}

const idIn = (form: TokenParameters) => readable(() => form.get('id')) ?? '';
