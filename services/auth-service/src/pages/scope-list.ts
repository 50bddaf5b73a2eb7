import { html } from 'hono/html';
import type { ScopeCatalog } from '../scopes/scope-catalog.ts';
import type { Html } from './layout.ts';
import type { Translation } from './translations/en.ts';

/** What scopes let a client do, service by service. */
export const scopeList = (t: Translation, catalog: ScopeCatalog, scopes: readonly string[]): Html =>
  html`<dl class="scopes">${byService(t, catalog, scopes).map(
    ([service, texts]) =>
      html`<div><dt>${service}</dt>${texts.map((text) => html`<dd>${text}</dd>`)}</div>`,
  )}</dl>`;

/** The person's own account is named, not the service. */
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
