const fallback = '/account'

/** The path of the page on which a form stands. @param pattern with the parameters of the route, such as `/link/:token`. */
export function formPage(pattern = fallback, parameters: unknown = {}): string {
  const values = parameters as Readonly<Record<string, string | undefined>>
  return pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}
