/** The candidate that is most like a misspelt word, if one is like it: a third of the letters may differ. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  // A word of any length may come in: only those of a like length are compared.
  const [best] = candidates
    .filter(({ length }) => Math.abs(length - word.length) <= Math.max(length, word.length) / 3)
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(word.length, candidate.length) / 3)
    // Of two that are equally like it, the one that goes on as the word begins: the end of a name is left out, not exchanged.
    .sort((one, other) => one.distance - other.distance || sharedStart(other) - sharedStart(one))
  return best?.candidate

  function sharedStart({ candidate }: { candidate: string }): number {
    const end = [...candidate].findIndex((letter, index) => letter !== word[index])
    return end === -1 ? candidate.length : end
  }
}

/** The part of an error message that names such a candidate, if there is one. */
export function hintAt(candidate: string | undefined): string {
  return candidate === undefined ? '' : `; the nearest is ${candidate}`
}

// Levenshtein's, with the exchange of two neighbours as one edit.
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0
  for (let row = 1; row <= from.length; row += 1) {
    rows[row] = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1]
      const edits = [
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (isSame ? 0 : 1)
      ]
      const isExchange =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (isExchange) edits.push(at(row - 2, column - 2) + 1)
      rows[row]?.push(Math.min(...edits))
    }
  }
  return at(from.length, to.length)
}
