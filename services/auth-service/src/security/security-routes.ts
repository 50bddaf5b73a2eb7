import type { OwnAccountOperations } from '../accounts/own-account-operations.ts';
import { SIGN_IN_FOR_SECURITY } from '../authorize/destination.ts';
import type { FactorOperations } from '../factors/factor-operations.ts';
import type { DefinePage } from '../pages/page-route.ts';
import { recoveryCodesPage } from '../pages/security-pages.ts';
import { newPasswordForm } from '../passwords/password-rules.ts';
import { againOn, orAgain, ruleFaults } from '../sign-in/page-again.ts';
import { changeContextOf, type SecurityVisits } from './security-visit.ts';

interface Dependencies {
  page: DefinePage;
  security: SecurityVisits;
  factors: Pick<FactorOperations, 'renewRecoveryCodes'>;
  ownAccount: Pick<OwnAccountOperations, 'addPassword'>;
}

/** Where people see how they sign in. */
export function securityRoutes({ page, security, factors, ownAccount }: Dependencies) {
  return [
    page({
      method: 'get',
      path: '/security',
      summary: 'How a person signs in',
      async handle(visit) {
        const login = await security.find(visit);
        if (!login) return visit.redirect(SIGN_IN_FOR_SECURITY);
        const shown = await security.page(visit, login, { request: undefined });
        return visit.page(200, shown([]));
      },
    }),
    page({
      method: 'get',
      path: '/security/set-up',
      summary: 'A choice of second factors, for a client that needs one',
      handle: (visit, { req }) =>
        security.whenFresh(visit, req.query, async (login, destination) => {
          if (!destination.request) return visit.redirect('/security');
          const shown = await security.page(visit, login, destination);
          return visit.page(200, shown([]), destination);
        }),
    }),
    page({
      method: 'post',
      path: '/security/password',
      summary: 'Set a password where there is none',
      handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        return security.whenFresh(visit, req.query, async (login) => {
          const shown = await security.page(visit, login, { request: undefined });
          const again = againOn(visit, undefined, shown);
          const { t } = visit.contextFor().language;
          const { data, error } = newPasswordForm.safeParse({
            password: form.get('password') ?? '',
          });
          if (error) return again(400, ruleFaults(t, error.issues));
          return orAgain(t, again, async () => {
            await ownAccount.addPassword(login.person, data.password, changeContextOf(visit));
            return visit.redirect('/security');
          });
        });
      },
    }),
    page({
      method: 'post',
      path: '/security/recovery-codes',
      summary: 'Make new recovery codes',
      handle(visit, { req, body }) {
        visit.ownForm(body);
        return security.whenFresh(visit, req.query, async (login) => {
          const codes = await factors.renewRecoveryCodes(login, visit.caller);
          if (!codes) return visit.redirect('/security');
          const shown = { codes, next: '/security' };
          return visit.page(200, recoveryCodesPage(visit.contextFor(), shown));
        });
      },
    }),
  ];
}
