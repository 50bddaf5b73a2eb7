import { html } from 'hono/html';
import type { ScopeCatalog } from '../scopes/scope-catalog.ts';
import { type FieldFault, faultSummary, field } from './fields.ts';
import { form, type PageContent, type PageContext, withQuery } from './layout.ts';
import { scopeList } from './scope-list.ts';

interface Entered {
  userCode: string;
  faults: readonly FieldFault[];
}

export function deviceCodePage(
  context: PageContext,
  { userCode, faults }: Entered,
  username: string,
): PageContent {
  const { t } = context.language;
  return {
    title: t.deviceTitle,
    body: html`<h1>${t.deviceTitle}</h1>
<p class="lead">${t.deviceLead(username)}</p>
${faultSummary(t, faults)}
${form(
  context,
  '/device',
  html`${field(
    {
      name: 'user_code',
      label: t.deviceCode,
      autocomplete: 'off',
      value: userCode,
      hint: t.deviceCodeHint,
      focused: true,
    },
    faults,
  )}
<button type="submit">${t.continue}</button>`,
)}
<p class="aside">${t.notYou} <a href="/sign-in?user_code=">${t.useOther}</a></p>`,
  };
}

interface Shown {
  userCode: string;
  username: string;
  client: { name: string };
  scopes: readonly string[];
  device: string | null;
  address: string | null;
  minutesAgo: number;
}

/** Whoever sent the code may be a stranger (RFC 8628 §5.4): who asks, from where, and for what. */
export function deviceRequestPage(
  context: PageContext,
  { userCode, username, client, scopes, device, address, minutesAgo }: Shown,
  catalog: ScopeCatalog,
): PageContent {
  const { t } = context.language;
  const title = t.consentTitle(client.name);
  return {
    title,
    body: html`<h1>${title}</h1>
<p class="lead">${t.deviceAsks(username)}</p>
<p class="user-code">${userCode}</p>
<p class="warning">${t.deviceWarning}</p>
<dl class="facts">
<div><dt>${t.deviceAgent}</dt><dd>${device ?? t.unknown}</dd></div>
<div><dt>${t.deviceAddress}</dt><dd>${address ?? t.unknown}</dd></div>
<div><dt>${t.deviceTime}</dt><dd>${t.minutesAgo(minutesAgo)}</dd></div>
</dl>
<p class="host">${t.deviceMay}</p>
${scopeList(t, catalog, scopes)}
${form(
  context,
  '/device/decision',
  html`<input type="hidden" name="user_code" value="${userCode}">
<div class="choice">
<button type="submit" name="decision" value="allow">${t.allow}</button>
<button type="submit" name="decision" value="deny" class="quiet">${t.deny}</button>
</div>`,
)}
<p class="aside">${t.notYou} <a href="${withQuery('/sign-in', `user_code=${userCode}`)}">${t.useOther}</a></p>`,
  };
}

export function deviceDonePage(
  { language: { t } }: PageContext,
  decision: 'allow' | 'deny',
): PageContent {
  const [title, lead] =
    decision === 'allow'
      ? [t.deviceAllowedTitle, t.deviceAllowedLead]
      : [t.deviceDeniedTitle, t.deviceDeniedLead];
  return { title, body: html`<h1>${title}</h1><p class="lead">${lead}</p>` };
}
