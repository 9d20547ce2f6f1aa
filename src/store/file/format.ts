import { StartupError } from '../../errors/startup-error.js'

/**
 * The format of all files in a data folder, which each of them says in its first bytes. Every change of what may stand in
 * one of them, or of what it means, raises the number: a release that does not know the change then refuses the folder.
 * docs/upgrading.md says which release reads and writes which.
 */
export const currentFormat = 5

/** The first format of a folder that was made by a release with pages. */
const firstWithPages = 5

/** Whether a folder that was made in this format was made by a release before 0.6.0. */
export function isFromEarlierRelease(made: number): boolean {
  return made < firstWithPages
}

/** The formats since each file of a folder says its own, and documents have a checksum. */
export const statedFormats: ReadonlySet<unknown> = new Set([3, 4, currentFormat])

/** Refuses a file of a newer format. @throws `StartupError` (damaged file). */
export function requireKnownFormat(path: string, format: number): void {
  if (!(format > currentFormat)) return
  throw new StartupError(
    'damagedFile',
    `${path} was written by a newer Postern (format ${format}, this reads ${currentFormat}). It was left as it is: start the newer release again, or restore the folder from a backup that this one has written`
  )
}
