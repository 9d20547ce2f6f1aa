import { integer } from './setting-kinds.js'

const day = 86_400

/** The settings of the pages that people open in a browser; see `ConfigSchema`. */
export const browserSettings = {
  POSTERN_BROWSER_IDLE_TTL: integer(
    'how long a browser stays signed in without being used',
    60,
    365 * day,
    14 * day,
    'seconds'
  ),
  POSTERN_BROWSER_TTL: integer(
    'how long a browser stays signed in at most',
    60,
    365 * day,
    90 * day,
    'seconds'
  )
}
