import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { StartupError } from '../errors/startup-error.js'

/** How the pages look like the operator's own. */
export interface Brand {
  readonly name: string
  /** `#rgb` or `#rrggbb`. */
  readonly accent: string
  /** A line for somebody who is stuck. */
  readonly support: string | undefined
  readonly logo: Logo | undefined
}

/** The logo of the operator. */
export interface Logo {
  readonly content: Buffer
  /** Its media type. */
  readonly type: string
}

const types: Record<string, string> = {
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
  '.gif': 'image/gif'
}

// In bytes: each browser loads it with its first page.
const maxLogoSize = 256 * 1024

/**
 * The logo in the file of `POSTERN_BRAND_LOGO_FILE`, whose type its name tells.
 *
 * @throws `StartupError` (wrong setting) for a file that cannot be read, or is over 256 KiB.
 */
export async function readLogo(path: string): Promise<Logo> {
  try {
    const { size } = await stat(path)
    if (size > maxLogoSize) throw new Error(`it has ${size} bytes, and at most ${maxLogoSize} are taken`)
    return { content: await readFile(path), type: types[extname(path).toLowerCase()] as string }
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message
    throw new StartupError('wrongSetting', `the logo of POSTERN_BRAND_LOGO_FILE cannot be used: ${reason}`, {
      cause: error
    })
  }
}
