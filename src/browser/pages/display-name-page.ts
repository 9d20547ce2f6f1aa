import type { Refusal } from '../../errors/refusals.js'
import { accountSubpage } from './account-page.js'
import { button, field, form, notice } from './forms.js'
import type { View } from './page-context.js'
import { refusalText } from './refusal-text.js'
import { accountTexts } from './texts/account.js'

/** The form for the display name. */
export const displayNamePage: View<{
  displayName: string | undefined
  isManaged: boolean
  refusal?: Refusal | undefined
}> = (context, { displayName, isManaged, refusal }) => {
  const { nameHint, nameMistake, managed } = accountTexts[context.language]
  const { displayName: label, save } = context.texts
  if (isManaged) return accountSubpage(context, label, notice('info', managed))
  const isMistake = refusal?.name === 'InvalidArgumentError'
  const fields = [
    field(context, {
      name: 'display_name',
      label,
      hint: nameHint,
      autocomplete: 'name',
      value: displayName,
      error: isMistake ? nameMistake : undefined,
      isFocused: isMistake
    }),
    button(save)
  ]
  return accountSubpage(context, label, [
    refusal !== undefined && !isMistake && notice('error', refusalText(context.language, refusal)),
    form(context, '/account/name', fields)
  ])
}
