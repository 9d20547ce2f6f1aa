const page = SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  // By default it would be a service elsewhere, which would get the address of this one.
  validatorUrl: null
})
// The dialog sends the id by HTTP Basic even if it is empty, and then it is wrong. Any unknown id is a public client.
page.initOAuth({ clientId: 'docs' })

// The dialog focuses its last field, and so has scrolled past the first ones.
document.addEventListener('click', ({ target }) => {
  if (!target.closest('.btn.authorize, .authorization__btn') || target.closest('.modal-ux')) return
  setTimeout(() => document.querySelector('.modal-ux-content input')?.focus())
})
