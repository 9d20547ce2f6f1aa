/** The path of the page for signing in. It sends on who is signed in, unless it is to ask again (OpenID Connect Core §3.1.2.1, `prompt`). */
export function signInPath(query: { return_to?: string | undefined; prompt?: 'login' }): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return given.length === 0 ? '/sign-in' : `/sign-in?${new URLSearchParams(given)}`
}
