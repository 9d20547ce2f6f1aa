import type { ClaimKind } from './claim.js'

/** The names that a lock has in a folder, those of a start that was cut off included. */
export const lockFileName = /^\.?(keys-)?owner\.\d+\.(sock|pid)(\.[0-9a-f]+)?$/

/** The highest number of a claim of this kind among the names of a folder; 0 if there is none. */
export function highestNumber(names: readonly string[], subject: string, kind: ClaimKind): number {
  return Math.max(0, ...names.map((name) => numberIn(name, subject, kind)))
}

/** The name of the claim of that number. */
export function fileName(subject: string, number: number, { extension }: ClaimKind): string {
  return `${subject}.${number}.${extension}`
}

/** The number in the name of a claim of this kind; 0 for any other name. */
export function numberIn(name: string, subject: string, kind: ClaimKind): number {
  const number = Number(name.split('.')[1])
  return Number.isSafeInteger(number) && name === fileName(subject, number, kind) ? number : 0
}
