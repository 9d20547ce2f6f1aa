import { Refusal } from '../errors/refusals.js'
import type { KeyRing } from '../keys/key-ring.js'
import type { Store } from '../store/store.js'

/** The parts that the service cannot do without. */
export interface Parts {
  store: Pick<Store, 'requireWritable'>
  keys: Pick<KeyRing, 'signing' | 'verificationKey'>
}

/**
 * Resolves if the service can do all that it is there for: changes can be stored, and tokens that it signs now would be
 * accepted. While all is well this costs next to nothing; see `Store.requireWritable` for when it is not.
 *
 * @throws `NotReadyError` whose message names the part that fails: `store` or `keys`.
 */
export async function requireReady({ store, keys }: Parts): Promise<void> {
  await requirePart('store', () => store.requireWritable())
  await requirePart('keys', () => requireAcceptedKey(keys))
}

async function requirePart(part: keyof Parts, check: () => unknown): Promise<void> {
  try {
    await check()
  } catch (cause) {
    throw new Refusal('NotReadyError', { message: `The service is not ready: ${part}.`, cause })
  }
}

function requireAcceptedKey({ signing, verificationKey }: Parts['keys']): void {
  verificationKey({ alg: signing.algorithm, kid: signing.kid, typ: 'JWT' })
}
