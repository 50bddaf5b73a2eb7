import { html } from 'hono/html';
import { form, type Html, type PageContext, withQuery } from './layout.ts';

interface PasskeyForm {
  /** Sign with one, or make one. */
  ceremony: 'get' | 'create';
  /** Where what the passkey signed goes. */
  path: string;
  /** Where the script gets what is to be signed. */
  optionsPath: string;
  label: string;
  isQuiet?: boolean;
  /** The browser offers passkeys in the field for the username, too. */
  hasAutofill?: boolean;
}

/** A button that the script shows, where the browser has passkeys. */
export function passkeyForm(context: PageContext, about: PasskeyForm): Html {
  const { ceremony, path, optionsPath, label, isQuiet, hasAutofill } = about;
  const options = withQuery(optionsPath, context.query);
  return form(
    context,
    path,
    html`<input type="hidden" name="factor" value="passkey">
<input type="hidden" name="credential" value="">
<button type="submit"${isQuiet ? html` class="quiet"` : ''}>${label}</button>
<p class="fault" role="alert" hidden>${context.language.t.passkeyCancelled}</p>`,
    html` data-passkey="${ceremony}" data-options="${options}"${hasAutofill ? html` data-autofill` : ''} hidden`,
  );
}
