import type { JsonWebKey } from 'node:crypto'
import { join } from 'node:path'
import { Low } from 'lowdb'
import { notWritable } from './data-folder.js'
import { type Algorithm, fromPrivateJwk, generateKey, type SigningKey, toPrivateJwk } from './signing-key.js'
import { JsonFile, type JsonFormat } from './store/json-file.js'

/** A private JWK Set (RFC 7517 §5), one generated key for each algorithm that has ever been set. */
interface KeyDocument {
  keys: JsonWebKey[]
}

const keyFormat: JsonFormat<KeyDocument> = {
  stringify(document) {
    return [`${JSON.stringify(document, null, 2)}\n`]
  },

  check(value) {
    const { keys } = Object(value) as KeyDocument
    if (!Array.isArray(keys)) throw new Error('it is not a JSON Web Key Set')
    const seen = new Set<string>()
    for (const [index, key] of keys.entries()) {
      const { kid } = requireUsable(key, index)
      if (seen.has(kid)) throw new Error(`/keys/${index} has the kid of another key`)
      seen.add(kid)
    }
    return { keys }
  }
}

function requireUsable(key: JsonWebKey, index: number): SigningKey {
  try {
    return fromPrivateJwk(key)
  } catch (error) {
    throw new Error(`/keys/${index} is no usable key: ${(error as Error).message}`)
  }
}

/**
 * The generated key for this algorithm from `keys.json` in the folder; made and kept there at the first start.
 *
 * @throws `StartupError` for a file that is no JWK Set of usable keys (damaged file), and when it cannot be made (folder
 *   not writable).
 */
export async function openGeneratedKey(folder: string, algorithm: Algorithm): Promise<SigningKey> {
  const db = new Low<KeyDocument>(new JsonFile(join(folder, 'keys.json'), keyFormat), { keys: [] })
  await db.read()
  const kept = db.data.keys.find((key) => key.alg === algorithm)
  if (kept !== undefined) return fromPrivateJwk(kept)

  const key = await generateKey(algorithm)
  db.data.keys.push(toPrivateJwk(key))
  await db.write().catch((error: unknown) => {
    throw notWritable(folder, error)
  })
  return key
}
