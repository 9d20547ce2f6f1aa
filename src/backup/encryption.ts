import { ReadableStream } from 'node:stream/web'
import { invalidArgument } from '../errors/refusals.js'
import { BackupProblem, IdentityProblem } from './backup-problem.js'

type Bytes = AsyncIterable<Uint8Array>

const ageMark = 'age-encryption.org/'
const armourMark = '-----BEGIN AGE'

/**
 * Encrypts these chunks to recipients of age (C2SP, age-encryption.org/v1), each of whom can decrypt them alone.
 *
 * @throws `InvalidArgumentError` for what is no recipient, or for recipients of kinds that do not go together.
 */
export async function encryptTo(recipients: readonly string[], chunks: Bytes): Promise<Bytes> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  try {
    for (const recipient of recipients) encrypter.addRecipient(recipient)
    return (await encrypter.encrypt(streamOf(chunks))) as unknown as Bytes
  } catch {
    throw invalidArgument('recipient', 'takes public keys of age, which begin with age1')
  }
}

/**
 * The chunks as they are, or decrypted if they are of age.
 *
 * @param identities the secret keys that may decrypt them, one a line, as `age-keygen` writes them.
 * @throws `IdentityProblem` for what these do not open; `BackupProblem`. A chunk that was changed throws it while it is read.
 */
export async function decryptIfNeeded(chunks: Bytes, identities: string | undefined): Promise<Bytes> {
  const { start, all } = await peek(chunks)
  if (start.startsWith(armourMark)) {
    throw new BackupProblem('it is armoured: pipe it through age --decrypt, and restore from -')
  }
  if (!start.startsWith(ageMark)) return all
  if (identities === undefined)
    throw new IdentityProblem('it is encrypted: --identity FILE takes the secret key')
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  for (const identity of identities.split(/\r?\n/).map((line) => line.trim())) {
    if (identity !== '' && !identity.startsWith('#')) addIdentity(decrypter, identity)
  }
  try {
    return decrypted((await decrypter.decrypt(streamOf(all))) as unknown as Bytes)
  } catch (cause) {
    throw new IdentityProblem('the secret key of --identity does not open it, or it was changed', { cause })
  }
}

function addIdentity(decrypter: { addIdentity(text: string): void }, identity: string): void {
  try {
    decrypter.addIdentity(identity)
  } catch (cause) {
    // The library's own message may quote it.
    throw new IdentityProblem(
      '--identity takes a file of secret keys of age, which begin with AGE-SECRET-KEY-1',
      {
        cause
      }
    )
  }
}

async function* decrypted(chunks: Bytes): Bytes {
  try {
    yield* chunks
  } catch (cause) {
    if (cause instanceof BackupProblem) throw cause
    throw new BackupProblem('it was cut off or changed: it cannot be decrypted to its end', { cause })
  }
}

function streamOf(chunks: Bytes): globalThis.ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks) as unknown as globalThis.ReadableStream<Uint8Array>
}

/** The first characters of these chunks, as far as there are any, and all of them. */
async function peek(chunks: Bytes): Promise<{ start: string; all: Bytes }> {
  const iterator = chunks[Symbol.asyncIterator]()
  let first: Uint8Array = Buffer.alloc(0)
  while (first.length < ageMark.length) {
    const { value, done } = await iterator.next()
    if (done) break
    first = Buffer.concat([first, value])
  }
  async function* all(): Bytes {
    if (first.length > 0) yield first
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { start: Buffer.from(first.subarray(0, ageMark.length)).toString('latin1'), all: all() }
}
