import { InvalidArgument, type Refusal } from '../../errors/refusals.js'
import { field, notice } from './forms.js'
import type { Html } from './html.js'
import type { PageContext } from './page-context.js'
import { refusalText } from './refusal-text.js'
import { newAccountTexts } from './texts/new-account.js'
import { passwordChangeTexts } from './texts/password-change.js'

/** The fields of a new name and a new password as they were sent. */
export interface NewCredentials {
  /** Undefined for a name that is given. */
  readonly name?: string | undefined
  readonly refusal?: Refusal | undefined
  /** The least length of a password, in characters. */
  readonly minLength: number
}

/** The field of a name that is chosen. */
export function newNameField(context: PageContext, { name, refusal }: NewCredentials): Html {
  const { nameHint, nameRule, nameTaken } = newAccountTexts[context.language]
  const isTaken = refusal?.name === 'UserAlreadyExistsError'
  return field(context, {
    name: 'user',
    label: context.texts.userName,
    autocomplete: 'username',
    value: name,
    hint: nameHint,
    error: isTaken ? nameTaken : isAbout(refusal, 'user') ? nameRule : undefined,
    isRequired: true,
    isVerbatim: true,
    isFocused: refusal === undefined || isTaken || isAbout(refusal, 'user')
  })
}

/** The field of a new password. */
export function newPasswordField(
  context: PageContext,
  { minLength, mistake }: { minLength: number; mistake?: string | undefined }
): Html {
  const { rule, advice } = passwordChangeTexts[context.language]
  return field(context, {
    name: 'pass',
    label: context.texts.newPassword,
    type: 'password',
    autocomplete: 'new-password',
    // That it has a character is no rule to tell.
    hint: minLength > 1 ? `${rule(minLength)} ${advice}` : advice,
    error: mistake,
    isRequired: true,
    isFocused: mistake !== undefined
  })
}

/** The mistake in a password that was chosen; undefined for a refusal of something else. */
export function newPasswordMistake(
  { language }: PageContext,
  { refusal, minLength }: NewCredentials
): string | undefined {
  const isRefused = refusal?.name === 'PasswordPolicyError' || isAbout(refusal, 'pass')
  return isRefused ? passwordChangeTexts[language].mistake(minLength) : undefined
}

/** A refusal that is about neither of the two fields, above the form. */
export function otherRefusal(context: PageContext, { refusal }: NewCredentials): Html | false {
  const beside = ['UserAlreadyExistsError', 'PasswordPolicyError', 'InvalidArgumentError']
  if (refusal === undefined || beside.includes(refusal.name)) return false
  return notice('error', refusalText(context.language, refusal))
}

function isAbout(refusal: Refusal | undefined, argument: string): boolean {
  return refusal instanceof InvalidArgument && refusal.argument === argument
}
