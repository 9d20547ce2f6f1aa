import type { Audit } from '../audit/audit.js'
import { type Clock, toSeconds } from '../clock.js'
import { Refusal } from '../errors/refusals.js'
import type { Algorithm } from '../keys/algorithms.js'
import { inOrder, isOf, type KeyRing, type ScheduledKey } from '../keys/key-ring.js'
import { retireKey, rotateKeys } from '../keys/key-rotation.js'
import { type KeyState, keyStates } from '../keys/key-states.js'
import type { KeyChange, KeyStorage } from '../keys/key-storage.js'
import type { Actor } from './authorization.js'

/** The dependencies of the administration of signing keys; times are in seconds. */
export interface SigningKeysDependencies {
  keyStorage: KeyStorage
  /** The keys that the service uses. */
  keyRing: KeyRing
  /** Whether the key is one of the settings, which no call changes. */
  isGiven: boolean
  algorithm: Algorithm
  publishAhead: number
  /** The longest lifetime of a token. */
  tokenTtl: number
  audit: Audit
  clock: Clock
}

/** The signing keys, as the operator sees and changes them. */
export interface SigningKeys {
  /** The keys of the configured algorithm, the oldest first. */
  list(): KeyState[]
  /**
   * Makes the next key. RSA may take a second or so.
   *
   * @throws `SigningKeyRefusedError` while there is a next one, and for a key of the settings; the driver's errors.
   */
  rotate(actor: Actor): Promise<KeyState>
  /**
   * Removes a key, whose tokens are refused from then on.
   *
   * @throws `SigningKeyDoesNotExistError`; `SigningKeyRefusedError` for the only key, and for a key of the settings; the
   *   driver's errors.
   */
  retire(actor: Actor, kid: string): Promise<void>
}

/** See `SigningKeys`. */
export function createSigningKeys(dependencies: SigningKeysDependencies): SigningKeys {
  const { keyStorage, keyRing, isGiven, algorithm, publishAhead, tokenTtl, audit, clock } = dependencies
  const now = () => toSeconds(clock())

  /** Other processes find the change by themselves; this one has it before the call is answered. */
  async function change(change: KeyChange): Promise<readonly ScheduledKey[]> {
    if (isGiven) {
      const message = 'The signing key is one of the settings: change it there.'
      throw new Refusal('SigningKeyRefusedError', { message })
    }
    const own = inOrder((await keyStorage.change(change)).filter(isOf(algorithm)))
    keyRing.replace(own)
    return own
  }

  return {
    list: () => keyStates(keyRing.scheduled, now(), tokenTtl),

    async rotate(actor) {
      const time = now()
      let kid: string | undefined
      const keys = await change(async (keys) => {
        const rotated = await rotateKeys(keys, { algorithm, now: time, publishAhead })
        kid = rotated.at(-1)?.key.kid
        return rotated
      })
      const made = keyStates(keys, time, tokenTtl).find((state) => state.kid === kid) as KeyState
      audit.recordAction('signing_key_made', actor, { detail: made.kid })
      return made
    },

    async retire(actor, kid) {
      await change((keys) => retireKey(keys, kid, { algorithm, now: now() }))
      audit.recordAction('signing_key_retired', actor, { detail: kid })
    }
  }
}
