import type { Destinations } from '../authorize/destination.ts';
import type { PasswordResetOperations } from '../mail/password-reset-operations.ts';
import {
  deadLinkPage,
  forgotPasswordPage,
  linkSentPage,
  newPasswordPage,
  passwordChangedPage,
} from '../pages/mail-pages.ts';
import type { DefinePage } from '../pages/page-route.ts';
import { newPasswordForm } from '../passwords/password-rules.ts';
import { orDeadLink } from './mailed-link.ts';
import { againOn, orAgain, readable, ruleFaults } from './page-again.ts';

interface Dependencies {
  page: DefinePage;
  destinations: Pick<Destinations, 'read'>;
  resets: PasswordResetOperations;
}

/** Where people who forgot their password get a new one. */
export function passwordResetRoutes({ page, destinations, resets }: Dependencies) {
  return [
    page({
      method: 'get',
      path: '/forgot-password',
      summary: 'The page for a forgotten password',
      async handle(visit, { req }) {
        const destination = await destinations.read(visit, req.query);
        const login = destination.request?.loginHint;
        const content = forgotPasswordPage(visit.contextFor(destination), { login, faults: [] });
        return visit.page(200, content, destination);
      },
    }),
    page({
      method: 'post',
      path: '/forgot-password',
      summary: 'Ask for a link by mail',
      async handle(visit, { req, body }) {
        const form = visit.ownForm(body);
        const destination = await destinations.read(visit, req.query);
        const context = visit.contextFor(destination);
        const { t, code } = context.language;
        const login = readable(() => form.get('login'));
        const again = againOn(visit, destination, (faults) =>
          forgotPasswordPage(context, { login, faults }),
        );
        return orAgain(t, again, async () => {
          const given = form.get('login');
          if (given === undefined) return again(400, [{ field: 'login', text: t.missing }]);
          await resets.request(given, code, visit.caller);
          return visit.page(200, linkSentPage(context), destination);
        });
      },
    }),
    page({
      method: 'get',
      path: '/reset-password',
      summary: 'Where the link leads',
      async handle(visit, { req }) {
        const { token } = req.query;
        const context = visit.contextFor();
        const isGood = typeof token === 'string' && (await resets.isGood(token));
        return isGood
          ? visit.secretPage(200, newPasswordPage(context, token, []))
          : visit.secretPage(400, deadLinkPage(context, '/forgot-password'));
      },
    }),
    page({
      method: 'post',
      path: '/reset-password',
      summary: 'Set the new password',
      async handle(visit, { body }) {
        const form = visit.ownForm(body);
        const context = visit.contextFor();
        const { t, code } = context.language;
        const token = form.get('token') ?? '';
        const again = againOn(visit, undefined, (faults) =>
          newPasswordPage(context, token, faults),
        );
        const { data, error } = newPasswordForm.safeParse({ password: form.get('password') ?? '' });
        if (error) return again(400, ruleFaults(t, error.issues));
        return orAgain(t, again, () =>
          orDeadLink(visit, '/forgot-password', async () => {
            await resets.reset(token, data.password, code, visit.caller);
            visit.signedOut();
            return visit.page(200, passwordChangedPage(context));
          }),
        );
      },
    }),
  ];
}
