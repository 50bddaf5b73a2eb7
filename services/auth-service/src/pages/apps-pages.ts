import { html } from 'hono/html';
import type { ScopeCatalog } from '../scopes/scope-catalog.ts';
import { form, type PageContent, type PageContext } from './layout.ts';
import { scopeList } from './scope-list.ts';

export interface ShownApp {
  clientId: string;
  name: string;
  /** Who publishes it, of one that nobody registered. */
  host: string | undefined;
  scopes: readonly string[];
  since: Date;
  lastUsedAt: Date | null;
}

/** The apps that a person gave access, each with what it may do. */
export function appsPage(
  context: PageContext,
  apps: readonly ShownApp[],
  catalog: ScopeCatalog,
): PageContent {
  const { t, code } = context.language;
  const day = new Intl.DateTimeFormat(code, { dateStyle: 'long', timeZone: 'UTC' });
  return {
    title: t.appsTitle,
    body: html`<h1>${t.appsTitle}</h1>
<p class="lead">${apps.length === 0 ? t.appsNone : t.appsLead}</p>
${apps.map(
  (app) => html`<section class="app">
<h2>${app.name}</h2>
${publisher(context, app)}
<p class="host">${t.appSince(day.format(app.since))}${
    app.lastUsedAt ? html` ${t.appLastUsed(day.format(app.lastUsedAt))}` : ''
  }</p>
${scopeList(t, catalog, app.scopes)}
<p class="host"><a href="${`/apps?${new URLSearchParams({ client_id: app.clientId })}`}">${t.appEnd(app.name)}</a></p>
</section>`,
)}
<p class="aside"><a href="/sign-in">${t.back}</a></p>`,
  };
}

/** Asks whether to end it. */
export function endAppPage(context: PageContext, app: ShownApp): PageContent {
  const { t } = context.language;
  return {
    title: t.endAppTitle(app.name),
    body: html`<h1>${t.endAppTitle(app.name)}</h1>
${publisher(context, app)}
<p class="lead">${t.endAppLead}</p>
${form(
  context,
  '/apps',
  html`<input type="hidden" name="client_id" value="${app.clientId}">
<button type="submit">${t.endApp}</button>`,
)}
<p class="aside"><a href="/apps">${t.keepApp}</a></p>`,
  };
}

const publisher = ({ language: { t } }: PageContext, { host }: ShownApp) =>
  host === undefined
    ? ''
    : html`<p class="host">${t.consentClientHost} <strong>${host}</strong></p>`;
