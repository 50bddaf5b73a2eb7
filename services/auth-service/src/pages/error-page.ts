import type { Problem } from '@latchkey/service-kit/http/problems';
import { html } from 'hono/html';
import type { PageContent, PageContext } from './layout.ts';
import type { Translation } from './translations/en.ts';

/** What happened and what to do next, for a person who cannot do anything about most of it. */
export function errorPage(
  { language: { t } }: Pick<PageContext, 'language'>,
  { status, code, detail }: Pick<Problem, 'status' | 'code' | 'detail'>,
  requestId: string,
): PageContent {
  const isOfClient = status < 500 && status !== 429 && code !== 'form_expired';
  // Its developer has to learn what was wrong with it.
  const isExplained = isOfClient || code === 'client_document_unavailable';
  const text = isOfClient ? t.errorRequest : ourText(t, status);
  return {
    title: t.errorTitle,
    body: html`<h1>${t.errorTitle}</h1>
<p class="lead">${text}</p>
${isExplained ? html`<p class="detail" lang="en">${detail}</p>` : ''}
<p class="reference">${t.errorReference} <code>${requestId}</code></p>`,
  };
}

function ourText(t: Translation, status: number): string {
  if (status === 403) return t.errorForm;
  return status === 503 || status === 429 ? t.errorBusy : t.errorOurs;
}
