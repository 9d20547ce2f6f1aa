import { InvalidArgument, type Refusal, type RefusalName } from '../../errors/refusals.js'
import { notice } from './forms.js'
import type { Html } from './html.js'
import type { PageContext } from './page-context.js'
import { refusalText } from './refusal-text.js'
import { adminFieldTexts } from './texts/admin-fields.js'

/** The mistakes of a form that was refused. */
export interface Mistakes {
  /** The text beside a field. */
  at(field: string): string | undefined
  /** Above the form: what is about none of its fields. */
  readonly notice: Html | false
}

// Those that name no argument are about one all the same.
const fieldOf: Partial<Record<RefusalName, string>> = {
  PasswordPolicyError: 'pass',
  ManagedByFileError: 'pass',
  UserAlreadyExistsError: 'user',
  EmailTakenError: 'email',
  ExternalIdTakenError: 'external_id'
}

/** Tells a refusal beside the one of these fields that it is about, else above the form. */
export function mistakesOf(
  context: PageContext,
  refusal: Refusal | undefined,
  fields: readonly string[]
): Mistakes {
  if (refusal === undefined) return { at: () => undefined, notice: false }
  const { rules } = adminFieldTexts[context.language]
  const argument = refusal instanceof InvalidArgument ? refusal.argument : undefined
  const [field = ''] = (argument ?? fieldOf[refusal.name] ?? '').split('/')
  const isRule = argument !== undefined || refusal.name === 'PasswordPolicyError'
  const text = (isRule ? rules[field] : undefined) ?? refusalText(context.language, refusal)
  const isBeside = fields.includes(field)
  return {
    at: (name) => (isBeside && name === field ? text : undefined),
    notice: !isBeside && notice('error', text)
  }
}
