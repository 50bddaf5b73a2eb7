import { html } from 'hono/html';
import type { ScopeCatalog } from '../scopes/scope-catalog.ts';
import { form, type Html, type PageContent, type PageContext, withQuery } from './layout.ts';
import type { Translation } from './translations/en.ts';

interface Consent {
  client: string;
  username: string;
  scopes: readonly string[];
  redirectUri: string;
  isLoopback: boolean;
}

/** Who asks, for what, and where the answer goes. */
export function consentPage(
  context: PageContext,
  { client, username, scopes, redirectUri, isLoopback }: Consent,
  catalog: ScopeCatalog,
): PageContent {
  const { t } = context.language;
  return {
    title: t.consentTitle(client),
    body: html`<h1>${t.consentTitle(client)}</h1>
<p class="lead">${t.consentLead(username)}</p>
${scopeList(t, catalog, scopes)}
<p class="host">${t.consentHost} <strong>${new URL(redirectUri).host}</strong></p>
${isLoopback ? html`<p class="warning">${t.consentLoopback}</p>` : ''}
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

export const scopeList = (t: Translation, catalog: ScopeCatalog, scopes: readonly string[]): Html =>
  html`<dl class="scopes">${byService(t, catalog, scopes).map(
    ([service, texts]) =>
      html`<div><dt>${service}</dt>${texts.map((text) => html`<dd>${text}</dd>`)}</div>`,
  )}</dl>`;

/** What each service's scopes let a client do; the person's own account is named, not the service. */
function byService(t: Translation, catalog: ScopeCatalog, scopes: readonly string[]) {
  const services = new Map<string, string[]>();
  for (const scope of scopes) {
    const audience = catalog.audienceByScope.get(scope);
    const isAccount = audience === catalog.audienceByScope.get('openid') || audience === undefined;
    const service = isAccount ? t.consentLogin : audience;
    const text = t.scopes[scope] ?? catalog.descriptionByScope.get(scope) ?? scope;
    services.set(service, [...(services.get(service) ?? []), text]);
  }
  return [...services];
}
