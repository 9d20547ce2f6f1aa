import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { visibleText } from '../visible-text.js'

// In characters of 6 random bits each.
const generatedLength = 20

/** A new random password, of no less than this length. */
export function generatePassword(minLength: number): string {
  const length = Math.max(generatedLength, minLength)
  return randomBytes(length).toString('base64url').slice(0, length)
}

/**
 * The new password of a user: asked for at a terminal, else standard input without its last line break.
 *
 * @param otherwise what is so if there is none.
 * @throws as `askForPassword`.
 */
export async function readPassword(name: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '')
  const { askForPassword } = await import('./password-prompt.js')
  return await askForPassword(visibleText(name), otherwise)
}
