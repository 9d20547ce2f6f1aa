SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  // By default it would be a service elsewhere, which would get the address of this one.
  validatorUrl: null
})
