import { z } from 'zod';
import type { OwnAccountOperations } from '../accounts/own-account-operations.ts';
import { SIGN_IN_FOR_EMAIL } from '../authorize/destination.ts';
import type { BrowserLoginOperations } from '../browser/browser-login-operations.ts';
import { emailAddress, isVerified } from '../mail/email-address.ts';
import type { EmailOperations } from '../mail/email-operations.ts';
import {
  deadLinkPage,
  emailPage,
  emailVerifiedPage,
  verifyEmailPage,
} from '../pages/mail-pages.ts';
import type { DefinePage } from '../pages/page-route.ts';
import { orDeadLink } from './mailed-link.ts';
import { againOn, orAgain, readable, ruleFaults } from './page-again.ts';

interface Dependencies {
  page: DefinePage;
  logins: Pick<BrowserLoginOperations, 'find'>;
  ownAccount: Pick<OwnAccountOperations, 'read'>;
  emails: EmailOperations;
}

const emailForm = z.object({ email: emailAddress.nullable() });

/** Where people who are signed in give their email address, and where the link to confirm it leads. */
export function emailRoutes({ page, logins, ownAccount, emails }: Dependencies) {
  return [
    page({
      method: 'get',
      path: '/email',
      summary: "The page of a person's email address",
      async handle(visit) {
        const login = await logins.find(visit.login);
        if (!login) return visit.redirect(SIGN_IN_FOR_EMAIL);
        const known = await ownAccount.read(login.person);
        const current = { email: known.email, isVerified: isVerified(known) };
        const content = emailPage(visit.contextFor(), current, { entered: undefined, faults: [] });
        return visit.page(200, content);
      },
    }),
    page({
      method: 'post',
      path: '/email',
      summary: 'Change the email address',
      async handle(visit, { body }) {
        const form = visit.ownForm(body);
        const login = await logins.find(visit.login);
        if (!login) return visit.redirect(SIGN_IN_FOR_EMAIL);
        const context = visit.contextFor();
        const { t, code: language } = context.language;
        const known = await ownAccount.read(login.person);
        const current = { email: known.email, isVerified: isVerified(known) };
        const entered = readable(() => form.get('email'));
        const again = againOn(visit, undefined, (faults) =>
          emailPage(context, current, { entered, faults }),
        );
        return orAgain(t, again, async () => {
          const { data, error } = emailForm.safeParse({ email: form.get('email') ?? null });
          if (error) return again(400, ruleFaults(t, error.issues));
          const password = form.get('password');
          if (password === undefined) return again(400, [{ field: 'password', text: t.missing }]);
          const change = { email: data.email, password, language };
          await emails.change(login.person.username, change, visit.caller);
          return visit.redirect('/email');
        });
      },
    }),
    page({
      method: 'get',
      path: '/verify-email',
      summary: 'Where the link leads',
      async handle(visit, { req }) {
        const { token } = req.query;
        const context = visit.contextFor();
        const link = typeof token === 'string' ? await emails.find(token) : null;
        return link
          ? visit.secretPage(200, verifyEmailPage(context, { ...link, token: String(token) }, []))
          : visit.secretPage(400, deadLinkPage(context, '/email'));
      },
    }),
    page({
      method: 'post',
      path: '/verify-email',
      summary: 'Confirm the address',
      async handle(visit, { body }) {
        const form = visit.ownForm(body);
        const context = visit.contextFor();
        const token = form.get('token') ?? '';
        const link = await emails.find(token);
        const again = againOn(visit, undefined, (faults) =>
          link
            ? verifyEmailPage(context, { ...link, token }, faults)
            : deadLinkPage(context, '/email'),
        );
        return orAgain(context.language.t, again, () =>
          orDeadLink(visit, '/email', async () => {
            await emails.verify(token, visit.caller);
            return visit.page(200, emailVerifiedPage(context));
          }),
        );
      },
    }),
  ];
}
