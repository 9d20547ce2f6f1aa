import type { User } from '../../store/store.js'
import { html } from './html.js'
import type { View } from './page-context.js'
import { accountTexts } from './texts/account.js'

/** One's own account. */
export const accountPage: View<{ user: User }> = (context, { user }) => {
  const { title } = accountTexts[context.language]
  return {
    title,
    main: html`<h1>${title}</h1>
<dl><dt>${context.texts.userName}</dt><dd><bdi>${user.name}</bdi></dd></dl>`
  }
}
