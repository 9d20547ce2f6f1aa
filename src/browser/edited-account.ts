import { type AccountField, type AccountFields, accountFields } from './account-form.js'
import { shortDigest } from './short-digest.js'

/** The state of the fields when a form was made, as the form carries it: a digest of each, in order. */
export function fieldDigests(fields: AccountFields): string {
  return accountFields.map((name) => shortDigest(fields[name])).join('.')
}

/** A form whose account somebody else has changed meanwhile. */
export interface MergedFields {
  /** As typed, and as the account has them now where nothing was. */
  readonly fields: AccountFields
  /** The fields that the account has otherwise than when the form was made. */
  readonly changed: readonly AccountField[]
}

/**
 * The fields of a form after somebody else has changed the account.
 *
 * @param typed the fields of the form.
 * @param current the fields of the account as it is.
 * @param digests the state of the fields when the form was made.
 */
export function mergeFields(typed: AccountFields, current: AccountFields, digests: string): MergedFields {
  const were = digests.split('.')
  const isStill = (name: AccountField, fields: AccountFields) =>
    shortDigest(fields[name]) === were[accountFields.indexOf(name)]
  const fields = accountFields.map((name) => [name, (isStill(name, typed) ? current : typed)[name]])
  return {
    fields: Object.fromEntries(fields) as AccountFields,
    changed: accountFields.filter((name) => !isStill(name, current))
  }
}
