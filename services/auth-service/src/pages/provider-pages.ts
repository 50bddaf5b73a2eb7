import { html } from 'hono/html';
import type { UsernameKinds } from '../names/username-rules.ts';
import { type FieldFault, faultSummary, field } from './fields.ts';
import { form, type Html, type PageContent, type PageContext } from './layout.ts';

/** On the sign-in page: the way to the other provider. */
export const providerButton = (context: PageContext, provider: string): Html =>
  form(
    context,
    '/sign-in/with',
    html`<button type="submit" class="quiet">${context.language.t.signInWith(provider)}</button>`,
  );

interface Newcomer {
  provider: string;
  username: string;
  state: string;
  faults: readonly FieldFault[];
}

/** For a person whom the provider knows, and who has no account here. */
export function newcomerPage(
  context: PageContext,
  { provider, username, state, faults }: Newcomer,
  kinds: UsernameKinds,
): PageContent {
  const { t } = context.language;
  return {
    title: t.signUpTitle,
    body: html`<h1>${t.signUpTitle}</h1>
<p class="lead">${t.newcomerLead(provider)}</p>
${faultSummary(t, faults)}
${form(
  { ...context, query: '' },
  '/sign-in/new',
  html`<input type="hidden" name="state" value="${state}">
${field(
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
<button type="submit">${t.signUp}</button>`,
)}
<p class="aside">${t.haveAccount} <a href="/sign-in?then=connect">${t.connectInstead}</a></p>`,
  };
}

interface Connection {
  provider: string;
  username: string;
  isConnected: boolean;
  faults: readonly FieldFault[];
}

export function connectionPage(
  context: PageContext,
  { provider, username, isConnected, faults }: Connection,
): PageContent {
  const { t } = context.language;
  const title = t.connectTitle(provider);
  const lead = isConnected ? t.connected(username, provider) : t.notConnected(username, provider);
  return {
    title,
    body: html`<h1>${title}</h1>
<p class="lead">${lead}</p>
${faultSummary(t, faults)}
${
  isConnected
    ? form(
        context,
        '/sign-in/disconnect',
        html`<button type="submit" class="quiet">${t.disconnect}</button>`,
      )
    : form(context, '/sign-in/connect', html`<button type="submit">${t.connect}</button>`)
}
<p class="aside"><a href="/sign-in">${t.back}</a></p>`,
  };
}
