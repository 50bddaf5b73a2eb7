import { html } from 'hono/html';
import { type FieldFault, faultSummary, field } from './fields.ts';
import { form, type Html, type PageContent, type PageContext, withQuery } from './layout.ts';
import { passkeyForm } from './passkey-form.ts';

interface SecondFactor {
  username: string;
  offered: { totp: object | null; recoveryCodesLeft: number; passkeys: readonly object[] };
  faults: readonly FieldFault[];
}

const PATH = '/sign-in/second-factor';

/** Asks for what the person has. */
export function secondFactorPage(
  context: PageContext,
  { username, offered, faults }: SecondFactor,
): PageContent {
  const { t } = context.language;
  const hasTotp = offered.totp !== null;
  const hasPasskey = offered.passkeys.length > 0;
  return {
    title: t.secondFactorTitle,
    usesPasskeys: hasPasskey,
    body: html`<h1>${t.secondFactorTitle}</h1>
<p class="lead">${t.secondFactorLead(username)}</p>
${faultSummary(t, faults)}
${hasPasskey ? withPasskey(context, hasTotp) : ''}
${hasTotp ? totpForm(context, faults) : ''}
${offered.recoveryCodesLeft > 0 ? recovery(context, faults, !hasTotp) : ''}
<div class="aside">
<p>${t.notYou} <a href="${withQuery('/sign-in', context.query)}">${t.useOther}</a></p>
<p>${t.cannotProve}</p>
</div>`,
  };
}

const withPasskey = (context: PageContext, isQuiet: boolean): Html =>
  html`${passkeyForm(context, {
    ceremony: 'get',
    path: PATH,
    optionsPath: '/sign-in/second-factor/passkey-options',
    label: context.language.t.usePasskey,
    isQuiet,
  })}
<noscript><p class="hint">${context.language.t.passkeyNeedsScript}</p></noscript>`;

function totpForm(context: PageContext, faults: readonly FieldFault[]): Html {
  const { t } = context.language;
  return form(
    context,
    PATH,
    html`${field(
      {
        name: 'code',
        label: t.code,
        autocomplete: 'one-time-code',
        hint: t.codeHint,
        keys: 'numeric',
        focused: !isAboutRecovery(faults),
      },
      faults,
    )}
<button type="submit">${t.confirm}</button>`,
  );
}

function recovery(context: PageContext, faults: readonly FieldFault[], isOnly: boolean): Html {
  const { t } = context.language;
  const isOpen = isOnly || isAboutRecovery(faults);
  const asked = form(
    context,
    PATH,
    html`<input type="hidden" name="factor" value="recovery_code">
${field(
  {
    name: 'recovery_code',
    label: t.recoveryCode,
    autocomplete: 'off',
    hint: t.recoveryCodeHint,
    focused: isOpen,
  },
  faults,
)}
<button type="submit" class="quiet">${t.confirm}</button>`,
  );
  return html`<details class="other"${isOpen ? html` open` : ''}>
<summary>${t.useRecoveryCode}</summary>
${asked}
</details>`;
}

const isAboutRecovery = (faults: readonly FieldFault[]) =>
  faults.some((one) => one.field === 'recovery_code');
