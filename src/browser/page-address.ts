import { secretArguments } from '../http/argument-names.js'

/** The parts of a request for a page that say which page it is. */
export interface PageRequest {
  readonly method: string
  readonly url: string
  readonly params: unknown
  /** `page` is the pattern of the page with the form that leads here; for a POST. */
  readonly routeOptions: { readonly config: { readonly page?: string } }
}

/**
 * The path and query of the page that answers a request: of the page with its form for a POST. A secret that stands in the query by
 * mistake is left out, since pages link to themselves.
 */
export function pageAddress({ method, url, params, routeOptions }: PageRequest): string {
  if (method !== 'GET' && method !== 'HEAD') {
    const { page = '/account' } = routeOptions.config
    const values = params as Record<string, string | undefined>
    return page.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
  }
  const { pathname, searchParams } = new URL(url, 'http://localhost')
  for (const name of secretArguments) searchParams.delete(name)
  return searchParams.size === 0 ? pathname : `${pathname}?${searchParams}`
}
