/**
 * A text to look up by. Null, which equals nothing, for one that no row can hold, since PostgreSQL refuses U+0000, and a lone surrogate
 * would be looked up as another character.
 */
export function storableText(text: string): string | null {
  return text.includes('\0') || !isWellFormed(text) ? null : text
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}
