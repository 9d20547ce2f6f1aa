import { type AdminSection, adminPage, buttonLink } from './admin-frame.js'
import { button, form, notice } from './forms.js'
import { type HtmlValue, html } from './html.js'
import type { PageContext, View } from './page-context.js'
import { adminTexts } from './texts/admin.js'

/** A question before something that is hard to undo. Its texts are of the language of the page. */
export interface Confirmation {
  readonly section: AdminSection
  /** Says what is done, and stands on the button. */
  readonly title: string
  /** The name of what it is done to. */
  readonly subject: string | undefined
  /** Says what happens then. */
  readonly text: string
  readonly isLastAdmin?: boolean
  /** The fields of the form. */
  readonly fields?: HtmlValue
  readonly mistake?: HtmlValue
  /** Where the form goes. */
  readonly path: string
  /** Where one goes who thinks better of it. */
  readonly back: string
}

/** Asks whether to go on. */
export const adminConfirmationPage: View<(context: PageContext) => Confirmation> = (context, describe) => {
  const {
    section,
    title,
    subject,
    text,
    isLastAdmin = false,
    fields,
    mistake,
    path,
    back
  } = describe(context)
  const content = [
    fields,
    html`<div class="actions">${button(title, 'danger')}${buttonLink(context, back, context.texts.cancel)}</div>
`
  ]
  const main = [
    mistake,
    subject !== undefined &&
      html`<p><strong><bdi>${subject}</bdi></strong></p>
`,
    html`<p>${text}</p>
`,
    isLastAdmin && notice('info', adminTexts[context.language].lastAdmin),
    form(context, path, content)
  ]
  return adminPage(context, section, title, main, false)
}
