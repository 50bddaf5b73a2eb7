import { html } from 'hono/html';
import { labelOfClient } from '../clients/client-host.ts';
import type { UsernameKinds } from '../names/username-rules.ts';
import { type FieldFault, faultSummary, field } from './fields.ts';
import { form, type PageContent, type PageContext, withQuery } from './layout.ts';
import { passkeyForm } from './passkey-form.ts';
import { providerButton } from './provider-pages.ts';

interface Entered {
  username: string | undefined;
  email?: string | undefined;
  faults: readonly FieldFault[];
}

/** What for: a client that the person goes on to, or a page here. */
interface SignInFor {
  request?: { client: Parameters<typeof labelOfClient>[0] } | undefined;
  page?: string | undefined;
}

export function signInPage(
  context: PageContext,
  { username, faults }: Entered,
  { request, page }: SignInFor,
): PageContent {
  const { t } = context.language;
  const forPage = page === undefined ? t.signInHere(context.brand.name) : t.signInForSecurity;
  const knowsName = username !== undefined && username !== '';
  return {
    title: t.signInTitle,
    usesPasskeys: true,
    body: html`<h1>${t.signInTitle}</h1>
<p class="lead">${request ? t.signInTo(labelOfClient(request.client)) : forPage}</p>
${faultSummary(t, faults)}
${form(
  context,
  '/sign-in',
  html`${field(
    {
      name: 'username',
      label: t.username,
      // The browser offers passkeys here, for the script.
      autocomplete: 'username webauthn',
      value: username,
      focused: !knowsName,
    },
    faults,
  )}
${field(
  {
    name: 'password',
    label: t.password,
    type: 'password',
    autocomplete: 'current-password',
    focused: knowsName,
  },
  faults,
)}
<button type="submit">${t.signIn}</button>`,
)}
${passkeyForm(context, {
  ceremony: 'get',
  path: '/sign-in/passkey',
  optionsPath: '/sign-in/passkey/options',
  label: t.signInByPasskey,
  isQuiet: true,
  hasAutofill: true,
})}
${context.sendsMail ? html`<p class="forgot"><a href="${withQuery('/forgot-password', context.query)}">${t.forgotPassword}</a></p>` : ''}
${context.providerName === undefined ? '' : providerButton(context, context.providerName)}
<p class="aside">${t.noAccount} <a href="${withQuery('/sign-up', context.query)}">${t.signUp}</a></p>`,
  };
}

export function signUpPage(
  context: PageContext,
  { username, email, faults }: Entered,
  kinds: UsernameKinds,
): PageContent {
  const { t } = context.language;
  return {
    title: t.signUpTitle,
    body: html`<h1>${t.signUpTitle}</h1>
${faultSummary(t, faults)}
${form(
  context,
  '/sign-up',
  html`${field(
    {
      name: 'username',
      label: t.username,
      autocomplete: 'username',
      value: username,
      hint: t.usernameHint[kinds],
      focused: true,
    },
    faults,
  )}
${field(
  {
    name: 'password',
    label: t.password,
    type: 'password',
    autocomplete: 'new-password',
    hint: t.passwordHint,
  },
  faults,
)}
${
  context.sendsMail
    ? field(
        {
          name: 'email',
          label: t.emailOptional,
          type: 'email',
          autocomplete: 'email',
          value: email,
          hint: t.emailHint,
          optional: true,
        },
        faults,
      )
    : ''
}
<button type="submit">${t.signUp}</button>`,
)}
<p class="aside">${t.haveAccount} <a href="${withQuery('/sign-in', context.query)}">${t.signInInstead}</a></p>`,
  };
}

export function signedInPage(context: PageContext, username: string): PageContent {
  const { t } = context.language;
  return {
    title: t.signedInTitle,
    body: html`<h1>${t.signedInTitle}</h1>
<p class="lead">${t.signedInAs(username)}</p>
<p class="act"><a class="button" href="/">${t.goHome(context.brand.name)}</a></p>
${form(context, '/logout', html`<button type="submit" class="quiet">${t.signOut}</button>`)}
<p class="aside"><a href="/security">${t.securityTitle}</a> · <a href="/apps">${t.appsTitle}</a>${context.sendsMail ? html` · <a href="/email">${t.emailTitle}</a>` : ''}${context.providerName === undefined ? '' : html` · <a href="/sign-in/connect">${t.connectTitle(context.providerName)}</a>`}</p>`,
  };
}

export function signOutPage(context: PageContext, username: string): PageContent {
  const { t } = context.language;
  return {
    title: t.signOutTitle,
    body: html`<h1>${t.signOutTitle}</h1>
<p class="lead">${t.signOutLead(username)}</p>
${form(context, '/logout', html`<button type="submit">${t.signOut}</button>`)}
<p class="aside"><a href="/sign-in">${t.stay}</a></p>`,
  };
}

export function signedOutPage({ language: { t } }: PageContext): PageContent {
  return {
    title: t.signedOutTitle,
    body: html`<h1>${t.signedOutTitle}</h1>
<p class="lead">${t.signedOutLead}</p>
<p class="aside"><a href="/sign-in">${t.signInAgain}</a></p>`,
  };
}
