import { html } from 'hono/html';
import type { UsernameKinds } from '../names/username-rules.ts';
import { type FieldFault, faultSummary, field } from './fields.ts';
import { form, type PageContent, type PageContext, withQuery } from './layout.ts';
import { upstreamButton } from './upstream-pages.ts';

interface Entered {
  username: string | undefined;
  faults: readonly FieldFault[];
}

/** @param client whom the person goes on to, if it is for a client */
export function signInPage(
  context: PageContext,
  { username, faults }: Entered,
  client: string | undefined,
  /** The other provider that people may sign in with. */
  upstream: string | undefined,
): PageContent {
  const { t } = context.language;
  const knowsName = username !== undefined && username !== '';
  return {
    title: t.signInTitle,
    body: html`<h1>${t.signInTitle}</h1>
<p class="lead">${client === undefined ? t.signInHere(context.brand.name) : t.signInTo(client)}</p>
${faultSummary(t, faults)}
${form(
  context,
  '/sign-in',
  html`${field(
    {
      name: 'username',
      label: t.username,
      autocomplete: 'username',
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
${upstream === undefined ? '' : upstreamButton(context, upstream)}
<p class="aside">${t.noAccount} <a href="${withQuery('/sign-up', context.query)}">${t.signUp}</a></p>`,
  };
}

export function signUpPage(
  context: PageContext,
  { username, faults }: Entered,
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
<button type="submit">${t.signUp}</button>`,
)}
<p class="aside">${t.haveAccount} <a href="${withQuery('/sign-in', context.query)}">${t.signInInstead}</a></p>`,
  };
}

export function signedInPage(
  context: PageContext,
  username: string,
  upstream: string | undefined,
): PageContent {
  const { t } = context.language;
  return {
    title: t.signedInTitle,
    body: html`<h1>${t.signedInTitle}</h1>
<p class="lead">${t.signedInAs(username)}</p>
${form(context, '/logout', html`<button type="submit" class="quiet">${t.signOut}</button>`)}
${
  upstream === undefined
    ? ''
    : html`<p class="aside"><a href="/sign-in/connect">${t.connectTitle(upstream)}</a></p>`
}`,
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
