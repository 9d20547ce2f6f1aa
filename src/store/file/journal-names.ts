import { readdir } from 'node:fs/promises'

/** The name of the journal's file whose first change has this number. */
export function journalName(seq: number): string {
  return `users.${seq}.journal`
}

/** Whether a file of this name is one of the journal's. */
export function isJournalName(name: string): boolean {
  return /^users\.\d+\.journal$/.test(name)
}

/** The number of the first change of the file of this name; NaN for an empty name. */
export function firstSeq(name: string): number {
  return Number(name.split('.')[1])
}

/** The names of the journal's files in a folder, the oldest first. @throws the file system's error. */
export async function journalNames(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter(isJournalName)
  return names.sort((a, b) => firstSeq(a) - firstSeq(b))
}
