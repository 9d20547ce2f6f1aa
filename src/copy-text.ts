/**
 * The same text in memory of its own, for what outlives the request that it came with. V8 makes a short piece of a text a
 * view of the whole, so that a name of five characters would keep a body of 64 KiB.
 *
 * @param text well-formed; a lone surrogate becomes U+FFFD.
 */
export function copyText(text: string): string {
  return Buffer.from(text).toString()
}
