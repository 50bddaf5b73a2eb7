import type { Destination } from '../authorize/destination.ts';
import type { BrowserLogin } from '../browser/browser-login-repository.ts';
import type { FactorOperations } from '../factors/factor-operations.ts';
import { totpSecretText, totpUri } from '../factors/totp.ts';
import type { TotpEnrollment, TotpOperations } from '../factors/totp-operations.ts';
import type { FieldFault } from '../pages/fields.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import { authenticatorPage } from '../pages/security-pages.ts';
import { againOn, orAgain, readable } from '../sign-in/page-again.ts';
import { changeContextOf, type SecurityVisits } from './security-visit.ts';

interface Dependencies {
  page: DefinePage;
  security: SecurityVisits;
  totp: TotpOperations;
  factors: Pick<FactorOperations, 'read'>;
  /** What the app calls the account, beside the username. */
  brand: string;
}

/** Where people add and remove an authenticator app. */
export function authenticatorRoutes({ page, security, totp, factors, brand }: Dependencies) {
  const pageOf =
    (
      visit: PageVisit,
      { person }: BrowserLogin,
      destination: Destination,
      { secret, sealed }: TotpEnrollment,
    ) =>
    (faults: readonly FieldFault[]) =>
      authenticatorPage(visit.contextFor(destination), {
        uri: totpUri(secret, { brand, username: person.username }),
        secretText: totpSecretText(secret),
        sealed,
        faults,
      });

  const hasOne = async ({ person }: BrowserLogin) => (await factors.read(person.id)).totp !== null;

  return [
    page({
      method: 'get',
      path: '/security/authenticator',
      summary: 'A secret for an authenticator app',
      handle: (visit, { req }) =>
        security.whenFresh(visit, req.query, async (login, destination) => {
          if (await hasOne(login)) return visit.redirect('/security');
          const shown = pageOf(visit, login, destination, totp.begin(login));
          return visit.page(200, shown([]), destination);
        }),
    }),
    page({
      method: 'post',
      path: '/security/authenticator',
      summary: 'Add the authenticator app, by a first code from it',
      handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        return security.whenFresh(visit, req.query, async (login, destination) => {
          if (await hasOne(login)) return visit.redirect('/security');
          const { t } = visit.contextFor(destination).language;
          const sealed = readable(() => form.get('enrollment')) ?? '';
          const reopened = totp.reopen(login, sealed);
          const enrollment = reopened ?? totp.begin(login);
          const again = againOn(visit, destination, pageOf(visit, login, destination, enrollment));
          if (!reopened) return again(400, [{ field: '', text: t.totpExpired }]);
          const code = readable(() => form.get('code')) ?? '';
          if (code === '') return again(400, [{ field: 'code', text: t.missing }]);
          return orAgain(t, again, async () => {
            const added = await totp.add(login, enrollment, code, changeContextOf(visit));
            return security.afterAdding(visit, destination, added);
          });
        });
      },
    }),
    page({
      method: 'post',
      path: '/security/authenticator/remove',
      summary: 'Remove the authenticator app',
      handle(visit, { req, body }) {
        visit.ownForm(body);
        return security.whenFresh(visit, req.query, async (login) => {
          await totp.remove(login.person, changeContextOf(visit));
          return visit.redirect('/security');
        });
      },
    }),
  ];
}
