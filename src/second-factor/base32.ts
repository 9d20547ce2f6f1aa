const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const bitsOfDigit = 5

/** Bytes in base32 (RFC 4648 §6), without padding. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let [value, bits] = [0, 0]
  for (const byte of bytes) {
    value = (value << 8) | byte
    bits += 8
    for (; bits >= bitsOfDigit; bits -= bitsOfDigit) text += alphabet[(value >> (bits - bitsOfDigit)) & 31]
    value &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + alphabet[(value << (bitsOfDigit - bits)) & 31]
}

/** The bytes of base32 in capitals, without padding; undefined for what is none. Bits beyond the last whole byte are left out. */
export function fromBase32(text: string): Buffer | undefined {
  const bytes: number[] = []
  let [value, bits] = [0, 0]
  for (const character of text) {
    const digit = alphabet.indexOf(character)
    if (digit === -1) return undefined
    value = (value << bitsOfDigit) | digit
    bits += bitsOfDigit
    if (bits < 8) continue
    bits -= 8
    bytes.push(value >> bits)
    value &= (1 << bits) - 1
  }
  return Buffer.from(bytes)
}
