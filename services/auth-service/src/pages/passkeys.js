// Passkeys on the hosted pages, which work without this. It follows the library's bundle in one file.
(() => {
  const {
    browserSupportsWebAuthn,
    browserSupportsWebAuthnAutofill,
    startAuthentication,
    startRegistration,
  } = globalThis.SimpleWebAuthnBrowser;
  // Passkeys belong to a name: there are none for a numeric address.
  const isNumeric = /^[\d.]+$|:/.test(location.hostname);
  if (!browserSupportsWebAuthn() || isNumeric) return;

  /** Before a challenge expires. */
  const RENEW_MS = 240_000;

  async function optionsFor(form) {
    const body = new URLSearchParams({ form_token: form.elements.form_token.value });
    // In a browser with a session the gateway takes no script's request without it.
    const headers = { 'Latchkey-CSRF': '1' };
    const answer = await fetch(form.dataset.options, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`no challenge: ${answer.status}`);
    return answer.json();
  }

  function send(form, credential) {
    form.elements.credential.value = credential ? JSON.stringify(credential) : '';
    form.submit();
  }

  async function offerAutofill(form) {
    try {
      const optionsJSON = await optionsFor(form);
      send(form, await startAuthentication({ optionsJSON, useBrowserAutofill: true }));
    } catch {
      // Nobody chose one, or another ceremony began.
    }
  }

  async function run(form) {
    const cancelled = form.querySelector('.fault');
    cancelled.hidden = true;
    let optionsJSON;
    try {
      optionsJSON = await optionsFor(form);
    } catch {
      // The server's page says what is wrong.
      return send(form);
    }
    const start = form.dataset.passkey === 'create' ? startRegistration : startAuthentication;
    try {
      send(form, await start({ optionsJSON }));
    } catch {
      cancelled.hidden = false;
      if ('autofill' in form.dataset) offerAutofill(form);
    }
  }

  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      run(form);
    });
    if (!('autofill' in form.dataset)) continue;
    browserSupportsWebAuthnAutofill().then((isSupported) => {
      if (!isSupported) return;
      const renew = () => document.visibilityState === 'visible' && offerAutofill(form);
      renew();
      setInterval(renew, RENEW_MS);
      document.addEventListener('visibilitychange', renew);
    });
  }
})();
