import { type AdminSection, actions, adminPage, buttonLink } from './admin-frame.js'
import { copyable, notice } from './forms.js'
import { html } from './html.js'
import type { PageContext, View } from './page-context.js'
import { adminTexts } from './texts/admin.js'

/** A link or a key that is shown once. Its texts are of the language of the page. */
export interface ShownSecret {
  readonly section: AdminSection
  readonly title: string
  /** Says what one does with it. */
  readonly text: string
  /** The name of its kind. */
  readonly label: string
  readonly secret: string
  /** In seconds since the epoch; undefined for ever. */
  readonly expiresAt: number | undefined
  readonly back: string
}

/** Shows a link or a key, in the answer to the form that made it. */
export const adminSecretPage: View<(context: PageContext) => ShownSecret> = (context, describe) => {
  const { section, title, text, label, secret, expiresAt, back } = describe(context)
  const { shownOnce, goodUntil } = adminTexts[context.language]
  const main = [
    notice('success', html`<p>${text}</p><p>${shownOnce}</p>`),
    copyable(context, secret, label),
    expiresAt !== undefined &&
      html`<p>${goodUntil} ${context.time(expiresAt)}</p>
`,
    actions(buttonLink(context, back, context.texts.back))
  ]
  return adminPage(context, section, title, main, false)
}
