const dark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', follow);
follow();

SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#interface',
  // Its own validator is a service on the web.
  validatorUrl: null,
  // The schemas are shown where they are used.
  defaultModelsExpandDepth: -1,
});
