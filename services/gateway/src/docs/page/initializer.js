/* global SwaggerUIBundle, SwaggerUIStandalonePreset */
const { urls } = await (await fetch('/docs/services.json')).json();

SwaggerUIBundle({
  urls,
  dom_id: '#swagger-ui',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
  // Without a client id Swagger UI sends empty client credentials, which are none.
  requestInterceptor: (request) => {
    if (request.headers?.Authorization === 'Basic Og==') delete request.headers.Authorization;
    // A session of this browser would stand beside the token, and only one of them may.
    request.credentials = 'omit';
    return request;
  },
  // No document of another origin is shown, and none is sent elsewhere to be validated.
  validatorUrl: null,
  queryConfigEnabled: false,
});
