import { StartupError } from '../errors/startup-error.js'
import type { Store, User } from '../store/store.js'
import type { SecretSeal } from './secret-seal.js'

/** The account with its secrets in the clear, as a backup has them. @throws as `SecretSeal.open`. */
export function withOpenSecrets(user: User, seal: SecretSeal): User {
  return withSecrets(user, (kept) => seal.open(kept, user.uid))
}

/**
 * Requires that the keys of the settings open each factor that is kept: a process that ended while `renewSeals` ran leaves secrets
 * under either key. Costs a decryption for each of them, some 10 µs.
 *
 * @param users those with a second factor.
 * @throws `StartupError` (wrong setting).
 */
export function requireUsableSeal(users: readonly User[], seal: SecretSeal): void {
  try {
    for (const { uid, secondFactor } of users)
      if (secondFactor !== undefined) seal.open(secondFactor.secret, uid)
  } catch (cause) {
    throw new StartupError(
      'wrongSetting',
      'POSTERN_STORAGE_KEY does not open the second factors that are kept: set the key with which they were encrypted, or both, comma-separated, the new one first',
      { cause }
    )
  }
}

/**
 * Encrypts under the first key all that is in the clear, or under another key.
 *
 * @param users those with a second factor. One that somebody else changes meanwhile is left out: a use encrypts it as well.
 * @returns how many were encrypted. @throws `StoreUnavailableError`; as `SecretSeal.open`.
 */
export async function renewSeals(
  store: Pick<Store, 'replaceUser'>,
  users: readonly User[],
  seal: SecretSeal
): Promise<number> {
  let renewed = 0
  for (const user of users) {
    const secrets = [user.secondFactor?.secret, user.pendingFactor?.secret]
    if (!secrets.some((kept) => kept !== undefined && seal.isStale(kept, user.uid))) continue
    const after = withSecrets(user, (kept) => seal.seal(seal.open(kept, user.uid), user.uid))
    if (await store.replaceUser(user, after)) renewed += 1
  }
  return renewed
}

function withSecrets(user: User, change: (kept: string) => string): User {
  const { secondFactor, pendingFactor } = user
  if (secondFactor === undefined && pendingFactor === undefined) return user
  return {
    ...user,
    ...(secondFactor && { secondFactor: { ...secondFactor, secret: change(secondFactor.secret) } }),
    ...(pendingFactor && { pendingFactor: { ...pendingFactor, secret: change(pendingFactor.secret) } })
  }
}
