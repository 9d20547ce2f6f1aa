/** The origin of a request. */
export interface Requester {
  /** The client's IP address. */
  address: string
  userAgent?: string | undefined
  /** The id of the OAuth client that has authenticated, if one has. */
  oauthClient?: string | undefined
  /** Whether the client has disconnected, so that no reply would reach it. */
  isGone?(): boolean
}
