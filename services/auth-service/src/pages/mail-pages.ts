import { html } from 'hono/html';
import { type FieldFault, faultSummary, field } from './fields.ts';
import { form, type PageContent, type PageContext, withQuery } from './layout.ts';

type Faults = readonly FieldFault[];

export function forgotPasswordPage(
  context: PageContext,
  { login, faults }: { login: string | undefined; faults: Faults },
): PageContent {
  const { t } = context.language;
  return {
    title: t.forgotTitle,
    body: html`<h1>${t.forgotTitle}</h1>
<p class="lead">${t.forgotLead}</p>
${faultSummary(t, faults)}
${form(
  context,
  '/forgot-password',
  html`${field(
    {
      name: 'login',
      label: t.usernameOrEmail,
      autocomplete: 'username',
      value: login,
      focused: true,
    },
    faults,
  )}
<button type="submit">${t.sendLink}</button>`,
)}
<p class="aside"><a href="${withQuery('/sign-in', context.query)}">${t.backToSignIn}</a></p>`,
  };
}

/** The same whoever was asked for. */
export function linkSentPage(context: PageContext): PageContent {
  const { t } = context.language;
  return {
    title: t.linkSentTitle,
    body: html`<h1>${t.linkSentTitle}</h1>
<p class="lead">${t.linkSentLead}</p>
<p class="aside"><a href="${withQuery('/sign-in', context.query)}">${t.backToSignIn}</a></p>`,
  };
}

/** @param token of the link, which the form brings along */
export function newPasswordPage(context: PageContext, token: string, faults: Faults): PageContent {
  const { t } = context.language;
  return {
    title: t.newPasswordTitle,
    body: html`<h1>${t.newPasswordTitle}</h1>
<p class="lead">${t.newPasswordLead}</p>
${faultSummary(t, faults)}
${form(
  context,
  '/reset-password',
  html`<input type="hidden" name="token" value="${token}">
${field(
  {
    name: 'password',
    label: t.newPassword,
    type: 'password',
    autocomplete: 'new-password',
    hint: t.passwordHint,
    focused: true,
  },
  faults,
)}
<button type="submit">${t.savePassword}</button>`,
)}`,
  };
}

/** Used, expired or mistyped: nobody is told which. */
export function deadLinkPage({ language: { t } }: PageContext, next: string): PageContent {
  return {
    title: t.deadLinkTitle,
    body: html`<h1>${t.deadLinkTitle}</h1>
<p class="lead">${t.deadLinkLead}</p>
<p class="aside"><a href="${next}">${t.askAgain}</a></p>`,
  };
}

export function passwordChangedPage({ language: { t } }: PageContext): PageContent {
  return {
    title: t.passwordChangedTitle,
    body: html`<h1>${t.passwordChangedTitle}</h1>
<p class="lead">${t.passwordChangedLead}</p>
<p class="aside"><a href="/sign-in">${t.signIn}</a></p>`,
  };
}

interface CurrentEmail {
  email: string | null;
  isVerified: boolean;
}

export function emailPage(
  context: PageContext,
  { email, isVerified }: CurrentEmail,
  { entered, faults }: { entered: string | undefined; faults: Faults },
): PageContent {
  const { t } = context.language;
  const state =
    email === null ? t.emailNone : isVerified ? t.emailVerified(email) : t.emailUnverified(email);
  return {
    title: t.emailTitle,
    body: html`<h1>${t.emailTitle}</h1>
<p class="lead">${state}</p>
${faultSummary(t, faults)}
${form(
  context,
  '/email',
  html`${field(
    {
      name: 'email',
      label: t.newEmail,
      type: 'email',
      autocomplete: 'email',
      value: entered,
      hint: t.newEmailHint,
      optional: true,
      focused: true,
    },
    faults,
  )}
${field({ name: 'password', label: t.password, type: 'password', autocomplete: 'current-password' }, faults)}
<button type="submit">${t.saveEmail}</button>`,
)}
<p class="aside"><a href="/sign-in">${t.backToAccount}</a></p>`,
  };
}

/**
 * A page with a button: programs that look at links in mails press none. It says what would be
 * confirmed: the link may be in the mailbox of a person whose address a stranger gave.
 */
export function verifyEmailPage(
  context: PageContext,
  { token, username, email }: { token: string; username: string; email: string },
  faults: Faults,
): PageContent {
  const { t } = context.language;
  return {
    title: t.verifyTitle,
    body: html`<h1>${t.verifyTitle}</h1>
<p class="lead">${t.verifyLead(email, username)}</p>
<p class="warning">${t.verifyNotYours}</p>
${faultSummary(t, faults)}
${form(
  context,
  '/verify-email',
  html`<input type="hidden" name="token" value="${token}">
<button type="submit">${t.verify}</button>`,
)}`,
  };
}

export function emailVerifiedPage({ language: { t } }: PageContext): PageContent {
  return {
    title: t.verifiedTitle,
    body: html`<h1>${t.verifiedTitle}</h1>
<p class="lead">${t.verifiedLead}</p>
<p class="aside"><a href="/sign-in">${t.backToAccount}</a></p>`,
  };
}
