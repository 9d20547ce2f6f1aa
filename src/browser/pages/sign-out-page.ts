import { button, form } from './forms.js'
import { html } from './html.js'
import type { View } from './page-context.js'
import { signInTexts } from './texts/sign-in.js'

/** The page with the button that signs out, for links to it. */
export const signOutPage: View<{ returnTo?: string | undefined; formTarget?: string | undefined }> = (
  context,
  { returnTo, formTarget }
) => {
  const { signOutQuestion, nobody } = signInTexts[context.language]
  const { signOut, signIn } = context.texts
  const content = [
    returnTo !== undefined && html`<input type="hidden" name="return_to" value="${returnTo}">`,
    button(signOut)
  ]
  return {
    title: signOut,
    formTarget,
    main: html`<h1>${signOut}</h1>
${
  context.user === undefined
    ? html`<p>${nobody}</p>
<p><a href="${context.at('/sign-in')}">${signIn}</a></p>`
    : html`<p>${signOutQuestion} <bdi>${context.user.name}</bdi></p>
${form(context, '/sign-out', content)}`
}`
  }
}
