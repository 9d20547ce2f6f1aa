import type { IncomingHttpHeaders } from 'node:http'
import { acceptsHtml } from './home-page.js'

/**
 * Whether a browser asks for a page, and not a script or an image for its own part: by `Sec-Fetch-Mode` (Fetch Metadata), else by the method
 * and `Accept`.
 */
export function isNavigation(headers: IncomingHttpHeaders, method: string): boolean {
  const mode = headers['sec-fetch-mode']
  return mode === undefined ? method === 'GET' && acceptsHtml(headers.accept) : mode === 'navigate'
}
