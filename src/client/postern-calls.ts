import { PosternCallError } from './call-error.js'

/** The tokens of a sign-in. The times are in milliseconds since the epoch, by this browser's clock. */
export interface Tokens {
  accessToken: string
  refreshToken: string
  /** From then on it is renewed before it is used. */
  renewAt: number
  expiresAt: number
}

/** The reply of the token endpoint (RFC 6749 §5.1). */
interface TokenReply {
  access_token: string
  refresh_token: string
  expires_in: number
}

/** A refusal, of Postern's own calls or of OAuth's. */
interface RefusalReply {
  error_name?: string
  message?: string
  error?: string
  error_description?: string
}

// In milliseconds. Other tabs wait for the call. Postern answers a repeated renewal for 10 seconds unless it is set otherwise:
// the call and its repetition take less.
const timeout = 4_000
// An access token is renewed in the last tenth of its life, but not over so many milliseconds before its end.
const longestMargin = 30_000

/** The tokens of this grant (RFC 6749 §4.3, §6). @throws `PosternCallError`; `TypeError` when offline. */
export async function requestTokens(base: string, grant: Record<string, string>): Promise<Tokens> {
  // As of the request: the token may be as old as the reply took.
  const now = Date.now()
  const response = await post(`${base}/oauth/token`, grant)
  const { access_token, refresh_token, expires_in } = (await response.json()) as TokenReply
  const lifetime = expires_in * 1000
  const expiresAt = now + lifetime
  const renewAt = expiresAt - Math.min(lifetime / 10, longestMargin)
  return { accessToken: access_token, refreshToken: refresh_token, renewAt, expiresAt }
}

/** Revokes a refresh token with its access tokens (RFC 7009). @throws as `requestTokens`. */
export async function revokeToken(base: string, token: string): Promise<void> {
  await post(`${base}/oauth/revoke`, { token })
}

/** Creates an account. @throws as `requestTokens`. */
export async function signUpUser(base: string, user: string, pass: string): Promise<void> {
  await post(`${base}/user`, { user, pass })
}

// OAuth has one code for all refusals of credentials; Postern tells these by their names in the description.
function factorRefusal({ error_description: name }: RefusalReply): string | undefined {
  return /^\w*SecondFactor\w*Error$/.test(name ?? '') ? name : undefined
}

async function post(address: string, form: Record<string, string>): Promise<Response> {
  const response = await fetch(address, {
    method: 'POST',
    body: new URLSearchParams(form),
    credentials: 'omit',
    redirect: 'error',
    signal: AbortSignal.timeout(timeout)
  })
  if (response.ok) return response
  // A proxy in between answers with whatever it likes.
  const reply = (await response.json().catch(() => ({}))) as RefusalReply
  const code = reply.error_name ?? factorRefusal(reply) ?? reply.error
  const message = reply.message ?? reply.error_description ?? `Postern answered ${response.status}.`
  throw new PosternCallError(code ?? `HTTP ${response.status}`, message, response)
}
