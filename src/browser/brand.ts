import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'

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

/** The logo in a file, whose type its name tells. @throws as `readFile`. */
export async function readLogo(path: string): Promise<Logo> {
  return { content: await readFile(path), type: types[extname(path).toLowerCase()] as string }
}
