import { InvalidArgument, type Refusal } from '../../errors/refusals.js'
import { field } from './forms.js'
import type { Html } from './html.js'
import type { PageContext } from './page-context.js'
import { refusalText } from './refusal-text.js'
import { passwordChangeTexts } from './texts/password-change.js'

/** The field for the current password, as a form asks for it that a stolen browser must not send. */
export function currentPasswordField(context: PageContext, refusal: Refusal | undefined): Html {
  const error = refusal && currentPasswordMistake(context, refusal)
  return field(context, {
    name: 'current_pass',
    label: context.texts.currentPassword,
    type: 'password',
    autocomplete: 'current-password',
    isRequired: true,
    isFocused: error !== undefined,
    error
  })
}

/** The mistake in the current password; undefined for a refusal that is about something else. */
export function currentPasswordMistake(context: PageContext, refusal: Refusal): string | undefined {
  const { missing, wrong } = passwordChangeTexts[context.language]
  if (refusal instanceof InvalidArgument && refusal.argument === 'current_pass') return missing
  if (refusal.name === 'IncorrectPasswordError') return wrong
  return refusal.name === 'TooManyFailuresError' ? refusalText(context.language, refusal) : undefined
}
