const smallPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
  109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167
]

/**
 * Whether an RSA modulus is weak by ROCA (CVE-2017-15361): Infineon's chips made such moduli until 2017, and anybody can factor
 * them. Modulo each small prime, such a modulus is a power of 65537; any other modulus has this property modulo all of
 * these in one case out of some 2²⁷.
 */
export function isRocaModulus(modulus: bigint): boolean {
  return smallPrimes.every((prime) => isPowerOf65537(Number(modulus % BigInt(prime)), prime))
}

function isPowerOf65537(residue: number, prime: number): boolean {
  let power = 1
  do {
    if (power === residue) return true
    power = (power * 65537) % prime
  } while (power !== 1)
  return false
}
