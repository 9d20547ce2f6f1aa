import { button, field, form } from './forms.js'
import { html } from './html.js'
import type { View } from './page-context.js'
import { signInTexts } from './texts/sign-in.js'

/** The form for name and password. */
export const signInPage: View<{ name?: string | undefined }> = (context, { name }) => {
  const { title } = signInTexts[context.language]
  const { userName, password, signIn } = context.texts
  const content = [
    field(context, {
      name: 'user',
      label: userName,
      autocomplete: 'username',
      value: name,
      isRequired: true,
      isFocused: name === undefined,
      isVerbatim: true
    }),
    field(context, {
      name: 'pass',
      label: password,
      type: 'password',
      autocomplete: 'current-password',
      isRequired: true,
      isFocused: name !== undefined
    }),
    button(signIn)
  ]
  return {
    title,
    main: html`<h1>${title}</h1>
${form(context, '/sign-in', content)}`
  }
}
