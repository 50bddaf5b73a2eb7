import { deviceQuery } from '../authorize/destination.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import { deviceCodePage, deviceDonePage, deviceRequestPage } from '../pages/device-pages.ts';
import type { DefinePage } from '../pages/page-route.ts';
import type { PageVisit } from '../pages/page-visit.ts';
import type { CurrentCatalog } from '../scopes/scope-catalog.ts';
import { againOn, orAgain, readable } from '../sign-in/page-again.ts';
import type { DeviceOperations } from './device-operations.ts';
import { readUserCode } from './user-code.ts';

interface Dependencies {
  page: DefinePage;
  devices: DeviceOperations;
  logins: Pick<BrowserLoginOperations, 'find'>;
  catalog: CurrentCatalog;
  now: () => number;
}

/** Where a person types the code that a device shows (RFC 8628 §3.3). */
export function devicePageRoutes({ page, devices, logins, catalog, now }: Dependencies) {
  const typedIn = (form: { get(name: string): string | undefined }) =>
    readable(() => form.get('user_code')) ?? '';

  const signInFirst = (visit: PageVisit, typed: string) =>
    visit.redirect(`/sign-in?${deviceQuery(typed)}`);

  return [
    page({
      method: 'get',
      path: '/device',
      summary: 'The page for the code that a device shows',
      /** A code in the address is only filled in: what it stands for is shown on request. */
      async handle(visit, { req }) {
        const typed = typeof req.query.user_code === 'string' ? req.query.user_code : '';
        const login = await logins.find(visit.login);
        if (!login) return signInFirst(visit, typed);
        const entered = { userCode: readUserCode(typed) ?? '', faults: [] };
        return visit.page(200, deviceCodePage(visit.contextFor(), entered, login.person.username));
      },
    }),
    page({
      method: 'post',
      path: '/device',
      summary: 'What waits behind a code',
      async handle(visit, { body }) {
        const typed = typedIn(visit.ownForm(body));
        const login = await logins.find(visit.login);
        if (!login) return signInFirst(visit, typed);
        const context = visit.contextFor();
        const { t } = context.language;
        const again = againOn(visit, undefined, (faults) =>
          deviceCodePage(context, { userCode: typed, faults }, login.person.username),
        );
        const wrong = () => again(400, [{ field: 'user_code', text: t.deviceCodeWrong }]);
        const userCode = readUserCode(typed);
        if (userCode === undefined) return wrong();
        return orAgain(t, again, async () => {
          const request = await devices.find(userCode, login, visit.caller);
          if (!request) return wrong();
          const minutesAgo = Math.floor((now() - request.createdAt.getTime()) / 60_000);
          const shown = { ...request, minutesAgo, username: login.person.username };
          return visit.page(200, deviceRequestPage(context, shown, catalog()));
        });
      },
    }),
    page({
      method: 'post',
      path: '/device/decision',
      summary: 'Allow a device, or do not',
      async handle(visit, { body }) {
        const form = visit.ownForm(body);
        const typed = typedIn(form);
        const login = await logins.find(visit.login);
        if (!login) return signInFirst(visit, typed);
        const context = visit.contextFor();
        const { t } = context.language;
        const again = againOn(visit, undefined, (faults) =>
          deviceCodePage(context, { userCode: '', faults }, login.person.username),
        );
        return orAgain(t, again, async () => {
          const decision = form.get('decision') === 'allow' ? 'allow' : 'deny';
          const userCode = readUserCode(typed);
          const isDone = userCode && (await devices[decision](userCode, login, visit.caller));
          if (!isDone) return again(400, [{ field: 'user_code', text: t.deviceCodeWrong }]);
          return visit.page(200, deviceDonePage(context, decision));
        });
      },
    }),
  ];
}
