import { scopes } from '../../admin/authorization.js'
import type { Page as ListPage } from '../../admin/paging.js'
import type { Refusal } from '../../errors/refusals.js'
import type { ApiKey } from '../../store/store.js'
import type { Form } from '../account-form.js'
import { actions, adminPage, buttonLink, pageLinks, pathWith, table } from './admin-frame.js'
import { button, checkbox, choice, field, form } from './forms.js'
import { html } from './html.js'
import { lifetimeOptions } from './lifetimes.js'
import { mistakesOf } from './mistakes.js'
import type { View } from './page-context.js'
import { adminTexts } from './texts/admin.js'
import { adminKeysTexts } from './texts/admin-keys.js'

const path = '/admin/pages/api-keys'

// In seconds.
const lifetimes = [86_400, 2_592_000, 7_776_000, 31_536_000]
const usualLifetime = '7776000'

/** The API keys. */
export const adminApiKeysPage: View<{ list: ListPage<ApiKey>; isFirst: boolean }> = (
  context,
  { list: { items, next }, isFirst }
) => {
  const { apiKeys, made, expires, actions: actionsTitle, remove } = adminTexts[context.language]
  const { name, rights, lastUse, newApiKey, noApiKeys } = adminKeysTexts[context.language]
  const { never } = context.texts
  const time = (seconds: number | undefined) => (seconds === undefined ? never : context.time(seconds))
  const rows = items.map((key) => [
    html`<bdi>${key.name}</bdi>`,
    html`<code>${key.scopes.join(' ')}</code>`,
    context.time(key.createdAt),
    time(key.expiresAt),
    time(key.lastUsedAt),
    buttonLink(context, `${path}/${key.id}/remove`, remove)
  ])
  const main = [
    actions(buttonLink(context, `${path}/new`, newApiKey, 'primary')),
    items.length === 0
      ? html`<p>${noApiKeys}</p>
`
      : table(apiKeys, [name, rights, made, expires, lastUse, actionsTitle], rows),
    pageLinks(context, { isFirst, next }, (cursor) => pathWith(path, cursor))
  ]
  return adminPage(context, 'api-keys', apiKeys, main)
}

/** The form for an API key. */
export const newApiKeyPage: View<{ given: Form; refusal?: Refusal | undefined }> = (
  context,
  { given, refusal }
) => {
  const { lifetime } = adminTexts[context.language]
  const texts = adminKeysTexts[context.language]
  const mistakes = mistakesOf(context, refusal, ['name', 'scopes'])
  const [nameError, scopesError] = [mistakes.at('name'), mistakes.at('scopes')]
  const boxes = scopes.map((scope) =>
    checkbox(`scope:${scope}`, `${scope}: ${texts.scopes[scope]}`, given[`scope:${scope}`] === 'on')
  )
  const lifetimeChoices = [...lifetimeOptions(context, lifetimes), { value: '', label: texts.unlimited }]
  const content = [
    field(context, {
      name: 'name',
      label: texts.name,
      value: given.name,
      error: nameError,
      autocomplete: 'off',
      isRequired: true,
      isFocused: nameError !== undefined,
      isVerbatim: true
    }),
    html`<fieldset${scopesError !== undefined && html` aria-describedby="scopes-error"`}><legend>${texts.rights}</legend>
${scopesError !== undefined && html`<p class="error" id="scopes-error" role="alert">${scopesError}</p>`}
${boxes}</fieldset>
`,
    choice('expires_in', lifetime, lifetimeChoices, given.expires_in ?? usualLifetime),
    actions(button(texts.makeKey), buttonLink(context, path, context.texts.cancel))
  ]
  const main = [mistakes.notice, form(context, `${path}/new`, content)]
  return adminPage(context, 'api-keys', texts.newApiKey, main, false)
}
