import { PosternCallError } from './call-error.js'
import { requestTokens, revokeToken, signUpUser, type Tokens } from './postern-calls.js'
import { createTabs } from './tabs.js'

export { PosternCallError } from './call-error.js'

/** How a page reaches Postern, and where its tokens are kept. */
export interface ClientOptions {
  /** The address of Postern, such as `https://auth.example.com`. It must allow the page's origin (`POSTERN_CORS_ORIGIN`). */
  url: string
  /** Tells sign-ins apart where one browser has several at a time; tabs of one name share one sign-in. */
  account?: string
  /** The origins that `fetch` sends the token to, beside the page's own and Postern's. */
  origins?: readonly string[]
  /**
   * `memory`, the default: a reload is a sign-out, unless another tab of the application is open. `sessionStorage`: a tab
   * keeps its tokens over a reload, where any script of the page can read them; it needs Web Locks.
   */
  storage?: 'memory' | 'sessionStorage'
}

/** The payload of the access token. It is not verified: a page shows it, and grants nothing by it. */
export interface SignedInUser {
  user: string
  uid: string
  [claim: string]: unknown
}

/** A user's sign-in, which all tabs of one origin share. */
export interface Client {
  /**
   * Signs in, in all tabs.
   *
   * @param otp a code of the second factor, once `SecondFactorRequiredError` has asked for it.
   * @throws `PosternCallError`: `invalid_grant` for wrong credentials, `SecondFactorRequiredError`, `IncorrectSecondFactorError`,
   *   `SecondFactorSetupRequiredError`; `TypeError` when offline.
   */
  signIn(username: string, password: string, otp?: string): Promise<SignedInUser>
  /** Creates an account, and signs in. @throws `PosternCallError`, such as `UserAlreadyExistsError`; as `signIn`. */
  signUp(username: string, password: string): Promise<SignedInUser>
  /**
   * Signs out, in all tabs, and revokes the tokens.
   *
   * @throws as `signIn` if Postern could not be told: the tabs are signed out all the same.
   */
  signOut(): Promise<void>
  /**
   * The access token, renewed if it is about to expire; null if nobody is signed in. Costs a request when it is renewed.
   *
   * @throws as `signIn` if it has expired and cannot be renewed now; a refused renewal is a sign-out.
   */
  token(): Promise<string | null>
  /**
   * `fetch` with the access token. A reply of 401 has the token renewed, and the request sent once more.
   *
   * @throws `TypeError` for an origin that may not have the token; as `token`.
   */
  fetch: typeof fetch
  /** The user who is signed in, as far as this tab knows by now. */
  readonly user: SignedInUser | null
  /** Calls the listener now, and whenever somebody signs in or out in any tab. Returns the end of it. */
  onChange(listener: (user: SignedInUser | null) => void): () => void
}

/** A sign-in at the Postern of this address. It asks the other tabs at once, and Postern only when it is used. */
export function createClient({ url, account = '', origins = [], storage = 'memory' }: ClientOptions): Client {
  const base = url.replace(/\/+$/, '')
  const { location } = globalThis as { location?: { origin: string } }
  const trusted = new Set([location?.origin, ...[base, ...origins].map((text) => new URL(text).origin)])
  const tabs = createTabs<Tokens>(`postern ${base} ${account}`, storage === 'sessionStorage')
  let renewal: Promise<Tokens | null> | undefined

  // Only while no other tab renews: a refresh token that is used twice ends the sign-in.
  function renew(stale: string): Promise<Tokens | null> {
    renewal ??= tabs
      .change(async (tokens) => {
        if (tokens === null || (tokens.accessToken !== stale && !isDue(tokens))) return tokens
        const grant = { grant_type: 'refresh_token', refresh_token: tokens.refreshToken }
        try {
          // Without a reply the token may be used up all the same. Postern gives its successor once more, but not for long.
          return await requestTokens(base, grant).catch((error) => {
            if (error instanceof PosternCallError) throw error
            return requestTokens(base, grant)
          })
        } catch (error) {
          if (error instanceof PosternCallError && error.code === 'invalid_grant') return null
          throw error
        }
      })
      .then(({ after }) => after)
      .finally(() => {
        renewal = undefined
      })
    return renewal
  }

  async function token(): Promise<string | null> {
    const tokens = await tabs.settled()
    if (tokens === null || !isDue(tokens)) return tokens?.accessToken ?? null
    try {
      return (await renew(tokens.accessToken))?.accessToken ?? null
    } catch (error) {
      if (Date.now() < tokens.expiresAt) return tokens.accessToken
      throw error
    }
  }

  async function signIn(username: string, password: string, otp = ''): Promise<SignedInUser> {
    // An empty parameter counts as left out (RFC 6749 §3.2).
    const grant = { grant_type: 'password', username, password, otp }
    const { before, after } = await tabs.change(() => requestTokens(base, grant))
    // The new sign-in stands, whether or not Postern can be told of the end of the old one.
    if (before !== null) await revokeToken(base, before.refreshToken).catch(() => {})
    return userOf(after) as SignedInUser
  }

  return {
    signIn,
    token,

    async signUp(username, password) {
      await signUpUser(base, username, password)
      return await signIn(username, password)
    },

    async signOut() {
      const { before } = await tabs.change(async () => null)
      if (before !== null) await revokeToken(base, before.refreshToken)
    },

    async fetch(input, init) {
      const request = new Request(input, init)
      requireTrusted(request.url)
      const first = await token()
      // A body can be read once.
      const again = first === null ? undefined : request.clone()
      const response = await fetch(withToken(request, first))
      if (response.status !== 401 || first === null || again === undefined) return response
      const second = (await renew(first))?.accessToken
      return second === undefined || second === first ? response : await fetch(withToken(again, second))
    },

    get user() {
      return userOf(tabs.value)
    },

    onChange(listener) {
      let known = userOf(tabs.value)
      listener(known)
      return tabs.subscribe((tokens) => {
        const user = userOf(tokens)
        const isSame = user?.uid === known?.uid
        known = user
        if (!isSame) listener(user)
      })
    }
  }

  function requireTrusted(address: string): void {
    const { origin } = new URL(address)
    if (!trusted.has(origin))
      throw new TypeError(`The token is not for ${origin}: name it in the option origins.`)
  }
}

function isDue({ renewAt }: Tokens): boolean {
  return Date.now() >= renewAt
}

function withToken(request: Request, token: string | null): Request {
  if (token !== null) request.headers.set('authorization', `Bearer ${token}`)
  return request
}

function userOf(tokens: Tokens | null): SignedInUser | null {
  if (tokens === null) return null
  const [, payload = ''] = tokens.accessToken.split('.')
  const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'))
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0))))
}
