/* global SwaggerUIBundle, SwaggerUIStandalonePreset */
const { urls } = await (await fetch('/docs/services.json')).json();

SwaggerUIBundle({
  urls,
  dom_id: '#swagger-ui',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
  // No document of another origin is shown, and none is sent elsewhere to be validated.
  validatorUrl: null,
  queryConfigEnabled: false,
});
