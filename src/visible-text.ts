// Control and format characters: an escape sequence drives a terminal, and a bidirectional override reorders what stands
// beside it.
const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** Text for a terminal: control and format characters become escapes such as `\u{1b}`. */
export function visibleText(text: string): string {
  return text.replace(invisible, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)
}
