import { html } from 'hono/html';
import type { PageContent, PageContext } from './layout.ts';

/** Between a form here and an address elsewhere. */
export function leavingPage(
  { language: { t } }: Pick<PageContext, 'language'>,
  location: string,
): PageContent {
  return {
    title: t.leavingTitle,
    goesTo: location,
    body: html`<h1>${t.leavingTitle}</h1>
<p class="lead">${t.leavingLead} <a href="${location}">${new URL(location).host}</a></p>`,
  };
}
