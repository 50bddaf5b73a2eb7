import { html } from 'hono/html';
import type { Html } from './layout.ts';
import type { Translation } from './translations/en.ts';

export interface Field {
  name: string;
  label: string;
  type?: 'text' | 'password' | 'email';
  autocomplete: string;
  value?: string | undefined;
  hint?: string | undefined;
  focused?: boolean;
  /** Which keys a phone shows. */
  keys?: 'numeric';
  /** It may be left empty. */
  optional?: boolean;
}

/** What is wrong: with a field, or (`''`) with none in particular. */
export interface FieldFault {
  field: string;
  text: string;
}

export function field(
  { name, label, type = 'text', autocomplete, value = '', hint, focused, keys, optional }: Field,
  faults: readonly FieldFault[],
): Html {
  const fault = faults.find((one) => one.field === name);
  // What is wrong takes the place of the hint: it says the same, and more.
  const described = fault ? `${name}-fault` : hint ? `${name}-hint` : undefined;
  return html`<div class="field">
<label for="${name}">${label}</label>
${hint && !fault ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ''}
${fault ? html`<p class="fault" id="${name}-fault">${fault.text}</p>` : ''}
<input id="${name}" name="${name}" type="${type}" value="${value}" autocomplete="${autocomplete}" ${optional ? '' : 'required'}
 autocapitalize="none" spellcheck="false" ${described ? html`aria-describedby="${described}"` : ''}
 ${fault ? html`aria-invalid="true"` : ''} ${focused ? html`autofocus` : ''}
 ${keys ? html`inputmode="${keys}"` : ''}>
</div>`;
}

/** Read first, and leads to each field at fault. */
export const faultSummary = (t: Translation, faults: readonly FieldFault[]): Html | '' =>
  faults.length === 0
    ? ''
    : html`<div class="summary" role="alert" tabindex="-1">
<h2>${t.summaryTitle}</h2>
<ul>${faults.map(({ field, text }) =>
        field === '' ? html`<li>${text}</li>` : html`<li><a href="#${field}">${text}</a></li>`,
      )}</ul>
</div>`;
