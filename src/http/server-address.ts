import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** The address that the service listens on; before it does, the one that it is going to listen on. */
export function serverAddress({ server, config }: FastifyInstance): string {
  const scheme = config.POSTERN_TLS_CERT_FILE === undefined ? 'http' : 'https'
  const listening = server.address() as AddressInfo | null
  const { address, port } = listening ?? { address: config.POSTERN_HOST, port: config.POSTERN_PORT }
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`
}
