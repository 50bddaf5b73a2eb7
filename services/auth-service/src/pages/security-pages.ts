import { html, raw } from 'hono/html';
import { renderSVG } from 'uqr';
import { type FieldFault, faultSummary, field } from './fields.ts';
import { form, type Html, type PageContent, type PageContext, withQuery } from './layout.ts';
import { passkeyForm } from './passkey-form.ts';

export interface SecurityView {
  username: string;
  hasPassword: boolean;
  offersTotp: boolean;
  totp: { createdAt: Date; lastUsedAt: Date | null } | null;
  recoveryCodesLeft: number;
  passkeys: readonly PasskeyView[];
}

interface PasskeyView extends Uses {
  id: string;
  name: string;
  isBackedUp: boolean;
}

/** How a person signs in, and what can be changed about it. */
export function securityPage(
  context: PageContext,
  view: SecurityView,
  faults: readonly FieldFault[],
): PageContent {
  const { t } = context.language;
  const { username, hasPassword, totp, offersTotp, recoveryCodesLeft, passkeys } = view;
  return {
    title: t.securityTitle,
    isWide: true,
    usesPasskeys: true,
    body: html`<h1>${t.securityTitle}</h1>
<p class="lead">${t.securityLead(username)}</p>
${faultSummary(t, faults)}
${hasPassword ? '' : passwordSection(context, faults)}
${passkeySection(context, passkeys)}
${offersTotp ? totpSection(context, totp) : ''}
${totp || passkeys.length > 0 ? recoverySection(context, recoveryCodesLeft) : ''}
<p class="aside"><a href="/sign-in">${t.back}</a></p>`,
  };
}

function passwordSection(context: PageContext, faults: readonly FieldFault[]): Html {
  const { t } = context.language;
  const password = field(
    {
      name: 'password',
      label: t.newPassword,
      type: 'password',
      autocomplete: 'new-password',
      hint: t.passwordHint,
    },
    faults,
  );
  return section(
    t.password,
    t.noPasswordYet,
    form(
      context,
      '/security/password',
      html`${password}
<button type="submit" class="quiet">${t.savePassword}</button>`,
    ),
    undefined,
  );
}

function passkeySection(context: PageContext, passkeys: readonly PasskeyView[]): Html {
  const { t } = context.language;
  const list = html`<ul class="passkeys">${passkeys.map((passkey) => passkeyItem(context, passkey))}</ul>`;
  return section(
    t.passkeysTitle,
    t.passkeysAbout,
    html`${passkeys.length > 0 ? list : ''}
${addPasskeyForm(context, true)}
<noscript><p class="hint">${t.passkeyNeedsScript}</p></noscript>`,
    undefined,
  );
}

function passkeyItem(context: PageContext, { id, name, isBackedUp, ...uses }: PasskeyView): Html {
  const { t } = context.language;
  const ofThis = html`<input type="hidden" name="id" value="${id}">`;
  const nameField = `name-${id}`;
  return html`<li>
<p class="name">${name}</p>
<p class="since">${since(context, uses)}${isBackedUp ? ` · ${t.isSynced}` : ''}</p>
<details class="change">
<summary>${t.change}<span class="unseen"> ${name}</span></summary>
${form(
  context,
  '/security/passkeys/rename',
  html`${ofThis}
<div class="field">
<label for="${nameField}">${t.name}</label>
<input id="${nameField}" name="name" value="${name}" maxlength="64" autocomplete="off" required>
</div>
<button type="submit" class="quiet">${t.rename}</button>`,
)}
${form(
  context,
  '/security/passkeys/remove',
  html`${ofThis}<button type="submit" class="quiet danger">${t.remove}</button>`,
)}
</details>
</li>`;
}

const addPasskeyForm = (context: PageContext, isQuiet: boolean): Html =>
  passkeyForm(context, {
    ceremony: 'create',
    path: '/security/passkeys',
    optionsPath: '/security/passkeys/options',
    label: context.language.t.addPasskey,
    isQuiet,
  });

function totpSection(context: PageContext, totp: SecurityView['totp']): Html {
  const { t } = context.language;
  const about = totp
    ? html`<p class="since">${since(context, totp)}</p>
${smallForm(context, '/security/authenticator/remove', t.remove)}`
    : html`<p class="act"><a class="button quiet" href="/security/authenticator">${t.setUp}</a></p>`;
  return section(t.totpTitle, t.totpAbout, about, totp ? t.isOn : undefined);
}

function recoverySection(context: PageContext, left: number): Html {
  const { t } = context.language;
  return section(
    t.recoveryTitle,
    t.recoveryAbout,
    html`<p class="since">${t.recoveryLeft(left)}</p>
${smallForm(context, '/security/recovery-codes', t.renewRecovery)}`,
    undefined,
  );
}

const section = (title: string, about: string, content: Html, state: string | undefined): Html =>
  html`<section class="factor">
<h2>${title}${state === undefined ? '' : html` <span class="state">${state}</span>`}</h2>
<p class="about">${about}</p>
${content}
</section>`;

/** One button, for a change of its own. */
const smallForm = (context: PageContext, path: string, label: string): Html =>
  form(context, path, html`<button type="submit" class="quiet">${label}</button>`);

interface Uses {
  createdAt: Date;
  lastUsedAt: Date | null;
}

function since({ language: { code, t } }: PageContext, { createdAt, lastUsedAt }: Uses): string {
  const format = new Intl.DateTimeFormat(code, { dateStyle: 'medium', timeZone: 'UTC' });
  const added = t.addedOn(format.format(createdAt));
  return lastUsedAt === null ? added : `${added} · ${t.lastUsedOn(format.format(lastUsedAt))}`;
}

interface SetUpView {
  client: string;
  offersTotp: boolean;
  faults: readonly FieldFault[];
}

/** For a person without a second factor who is asked for one by an app. */
export function setUpPage(
  context: PageContext,
  { client, offersTotp, faults }: SetUpView,
): PageContent {
  const { t } = context.language;
  return {
    title: t.setUpTitle,
    usesPasskeys: true,
    body: html`<h1>${t.setUpTitle}</h1>
<p class="lead">${t.setUpLead(client)}</p>
${faultSummary(t, faults)}
${addPasskeyForm(context, false)}
${
  offersTotp
    ? html`<p class="act"><a class="button quiet" href="${withQuery('/security/authenticator', context.query)}">${t.setUpTotp}</a></p>`
    : ''
}`,
  };
}

export interface EnrollmentView {
  /** What the QR code says. */
  uri: string;
  secretText: string;
  sealed: string;
  faults: readonly FieldFault[];
}

/** The secret for the app, and a first code from it. */
export function authenticatorPage(context: PageContext, view: EnrollmentView): PageContent {
  const { t } = context.language;
  const { uri, secretText, sealed, faults } = view;
  const svg = renderSVG(uri, { border: 3 });
  return {
    title: t.totpSetUpTitle,
    body: html`<h1>${t.totpSetUpTitle}</h1>
<p class="lead">${t.totpSetUpLead}</p>
${faultSummary(t, faults)}
<figure class="qr">
<div role="img" aria-label="${t.qrCode}">${raw(svg)}</div>
<figcaption>${t.cannotScan} <code class="secret">${secretText}</code></figcaption>
</figure>
${form(
  context,
  '/security/authenticator',
  html`<input type="hidden" name="enrollment" value="${sealed}">
${field(
  {
    name: 'code',
    label: t.firstCode,
    autocomplete: 'one-time-code',
    hint: t.codeHint,
    keys: 'numeric',
  },
  faults,
)}
<button type="submit">${t.turnOn}</button>`,
)}
<p class="aside"><a href="${withQuery(context.query === '' ? '/security' : '/security/set-up', context.query)}">${t.cancel}</a></p>`,
  };
}

/** Shown once. @param next where the person goes on to */
export function recoveryCodesPage(
  context: PageContext,
  { codes, next }: { codes: readonly string[]; next: string },
): PageContent {
  const { t } = context.language;
  return {
    title: t.recoveryTitle,
    body: html`<h1>${t.recoveryShownTitle}</h1>
<p class="lead">${t.recoveryShownLead}</p>
<pre class="codes" tabindex="0" aria-label="${t.recoveryTitle}">${codes.join('\n')}</pre>
<p class="warning">${t.recoveryShownOnce}</p>
<p class="act"><a class="button" href="${next}">${t.haveKept}</a></p>`,
  };
}
