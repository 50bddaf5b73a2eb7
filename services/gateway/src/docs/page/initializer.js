/* global SwaggerUIBundle, SwaggerUIStandalonePreset */
const { urls, clientId, callbackPath } = await (await fetch('/docs/services.json')).json();

const ui = SwaggerUIBundle({
  urls,
  dom_id: '#swagger-ui',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
  oauth2RedirectUrl: new URL(callbackPath, location.origin).href,
  requestInterceptor: (request) => {
    nameClient(request);
    // A session of this browser would stand beside the token, and only one of them may.
    request.credentials = 'omit';
    return request;
  },
  // No document of another origin is shown, and none is sent elsewhere to be validated.
  validatorUrl: null,
  queryConfigEnabled: false,
});
ui.initOAuth({ clientId, usePkceWithAuthorizationCodeGrant: true });

/** A client without a secret is named in the form (RFC 6749 §3.2.1); Swagger UI's password form sends it as Basic. */
function nameClient(request) {
  const [, credentials] = /^Basic (.+)$/.exec(request.headers?.Authorization ?? '') ?? [];
  const [, client] = /^(.*):$/.exec(credentials ? atob(credentials) : '') ?? [];
  if (client === undefined) return;
  delete request.headers.Authorization;
  if (client) request.body += `&${new URLSearchParams({ client_id: client })}`;
}

// What came back from the sign-in pages (oauth2-redirect.js).
new BroadcastChannel('latchkey-docs').addEventListener('message', ({ data }) => {
  const waiting = window.swaggerUIRedirectOauth2;
  const answer = new URLSearchParams(data);
  // Another window's sign-in has another state.
  if (!waiting || answer.get('state') !== waiting.state) return;
  delete window.swaggerUIRedirectOauth2;
  const { auth, redirectUrl, callback, errCb } = waiting;
  const code = answer.get('code');
  if (code) return callback({ auth: { ...auth, code }, redirectUrl });
  const message = answer.get('error_description') ?? answer.get('error') ?? 'No code came back.';
  errCb({ authId: auth.name, source: 'auth', level: 'error', message });
});
