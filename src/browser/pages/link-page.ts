import type { LinkPurpose } from '../../admin/link-use.js'
import { button, form, knownUserName, notice } from './forms.js'
import { type Html, html } from './html.js'
import {
  type NewCredentials,
  newNameField,
  newPasswordField,
  newPasswordMistake,
  otherRefusal
} from './new-account-fields.js'
import type { PageContext, View } from './page-context.js'
import { newAccountTexts } from './texts/new-account.js'

/** The use of a link, which its page asks for. */
export interface LinkModel extends NewCredentials {
  readonly purpose: LinkPurpose
}

/** The form of a link that is good. To show it spends nothing. */
export const linkPage: View<LinkModel> = (context, model) => {
  const texts = newAccountTexts[context.language]
  const { kind, user } = model.purpose
  const title = kind === 'password' ? texts.passwordTitle : texts.invitationTitle
  const content = [
    user === undefined ? newNameField(context, model) : knownUserName(user),
    newPasswordField(context, { minLength: model.minLength, mistake: newPasswordMistake(context, model) }),
    button(kind === 'password' ? texts.setPassword : texts.create)
  ]
  return {
    title,
    main: html`<h1>${title}</h1>
${otherRefusal(context, model)}
${person(context, model.purpose)}
${form(context, new URL(context.url, 'http://localhost').pathname, content)}`
  }
}

function person(context: PageContext, { user, email }: LinkPurpose): Html {
  const { passwordFor, invited } = newAccountTexts[context.language]
  return html`${user !== undefined && html`<p>${passwordFor} <bdi>${user}</bdi></p>`}
${email !== undefined && html`<p>${invited} <bdi>${email}</bdi></p>`}`
}

/** The page after the use of a link, and after a sign-up that could not sign in. Nobody is signed in by it. */
export const linkUsedPage: View<{ outcome: LinkPurpose['kind'] }> = (context, { outcome }) => {
  const texts = newAccountTexts[context.language]
  const title = outcome === 'password' ? texts.passwordTitle : texts.invitationTitle
  return {
    title,
    main: html`<h1>${title}</h1>
${notice('success', outcome === 'password' ? texts.passwordSet : texts.accountMade)}
<p><a class="button" href="${context.at('/sign-in')}">${context.texts.signIn}</a></p>`
  }
}

/** The page of a link that is spent or outlived, or never was one. */
export const linkGonePage: View<unknown> = (context) => {
  const { goneTitle, gone } = newAccountTexts[context.language]
  return {
    title: goneTitle,
    main: html`<h1>${goneTitle}</h1>
<p role="alert">${gone}</p>
<p><a href="${context.at('/sign-in')}">${context.texts.signIn}</a></p>`
  }
}
