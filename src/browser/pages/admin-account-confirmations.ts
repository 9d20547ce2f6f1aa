import type { Refusal } from '../../errors/refusals.js'
import type { User } from '../../store/store.js'
import type { Form } from '../account-form.js'
import type { Confirmation } from './admin-confirmation-page.js'
import { checkbox, field } from './forms.js'
import { mistakesOf } from './mistakes.js'
import type { PageContext } from './page-context.js'
import { adminAccountTexts } from './texts/admin-account.js'

/** The account that somebody is asked about. */
export interface AskedAccount {
  readonly user: User
  readonly isLastAdmin: boolean
}

type Describe = (context: PageContext) => Confirmation

/** The question before an account is deleted. */
export function deletionOf(asked: AskedAccount): Describe {
  return ({ language }) => {
    const { delete: title, deleteText: text } = adminAccountTexts[language]
    return { ...confirmationOf(asked, 'delete'), title, text }
  }
}

/** The question before the second factor of an account is removed. */
export function factorRemovalOf({ user }: AskedAccount): Describe {
  return ({ language }) => {
    const { removeFactor: title, removeFactorText: text } = adminAccountTexts[language]
    return { ...confirmationOf({ user, isLastAdmin: false }, 'second-factor'), title, text }
  }
}

/** The question before an account is purged, which takes its name. */
export function purgeOf(
  asked: AskedAccount,
  { form = {}, refusal }: { form?: Form; refusal?: Refusal }
): Describe {
  return (context) => {
    const {
      purge: title,
      purgeText: text,
      typeName,
      wrongName,
      freeName
    } = adminAccountTexts[context.language]
    const { at, notice: mistake } = mistakesOf(context, refusal, ['user'])
    const error = at('user') === undefined ? undefined : wrongName
    const name = field(context, {
      name: 'user',
      label: typeName,
      value: form.user,
      autocomplete: 'off',
      isRequired: true,
      isVerbatim: true,
      isFocused: true,
      error
    })
    const fields = [name, checkbox('free_name', freeName, form.free_name === 'on')]
    return { ...confirmationOf(asked, 'purge'), title, text, fields, mistake }
  }
}

function confirmationOf({ user: { uid, name: subject }, isLastAdmin }: AskedAccount, end: string) {
  const back = `/admin/pages/users/${uid}`
  return { section: 'users', subject, isLastAdmin, path: `${back}/${end}`, back } as const
}
