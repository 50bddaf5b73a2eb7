import { html } from 'hono/html';
import type { ScopeCatalog } from '../scopes/scope-catalog.ts';
import { form, type PageContent, type PageContext, withQuery } from './layout.ts';
import { scopeList } from './scope-list.ts';

interface Consent {
  client: string;
  /** Of one that nobody registered. */
  clientHost: string | undefined;
  username: string;
  scopes: readonly string[];
  redirectUri: string;
  isLoopback: boolean;
}

/** Who asks, for what, and where the answer goes. */
export function consentPage(
  context: PageContext,
  { client, clientHost, username, scopes, redirectUri, isLoopback }: Consent,
  catalog: ScopeCatalog,
): PageContent {
  const { t } = context.language;
  return {
    title: t.consentTitle(client),
    body: html`<h1>${t.consentTitle(client)}</h1>
${clientHost === undefined ? '' : html`<p class="host">${t.consentClientHost} <strong>${clientHost}</strong></p>`}
<p class="lead">${t.consentLead(username)}</p>
${scopeList(t, catalog, scopes)}
<p class="host">${t.consentHost} <strong>${new URL(redirectUri).host}</strong></p>
${isLoopback ? html`<p class="warning">${t.consentLoopback}</p>` : ''}
${clientHost === undefined ? '' : html`<p class="host">${t.consentUnregistered(context.brand.name)}</p>`}
${form(
  context,
  '/consent',
  html`<div class="choice">
<button type="submit" name="decision" value="allow">${t.allow}</button>
<button type="submit" name="decision" value="deny" class="quiet">${t.deny}</button>
</div>`,
)}
<p class="aside">${t.notYou} <a href="${withQuery('/sign-in', context.query)}">${t.useOther}</a></p>`,
  };
}
