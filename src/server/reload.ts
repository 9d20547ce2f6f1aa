import { Server as HttpsServer } from 'node:https'
import type { FastifyInstance } from 'fastify'
import { loadTls } from './tls.js'

/** Reloads the reloadable settings while the service runs. A file that cannot be read leaves the old value in use. */
export async function reload(app: FastifyInstance): Promise<void> {
  // The start is reading all of it just now.
  if (!app.server.listening) return
  reloadTls(app)
  await reloadUsers(app)
  await reloadSites(app)
  if (!isHttps(app) && app.usersFile === null && app.sites === null) {
    app.log.info(
      'SIGHUP: there is nothing to read again, neither a certificate nor a users file nor a file of sites'
    )
  }
}

// Connections that stand keep the certificate that they began with.
function reloadTls(app: FastifyInstance): void {
  if (!isHttps(app)) return
  try {
    const credentials = loadTls(app.config)
    if (credentials !== undefined) app.server.setSecureContext(credentials)
    app.log.info('SIGHUP: the certificate was read again')
  } catch (err) {
    app.log.error({ err }, 'SIGHUP: the certificate could not be read again: the old one stays in use')
  }
}

async function reloadUsers(app: FastifyInstance): Promise<void> {
  if (app.usersFile === null) return
  try {
    await app.usersFile.sync(false)
    app.log.info('SIGHUP: the users file was read again')
  } catch (err) {
    app.log.error({ err }, 'SIGHUP: not all of the users file could be read again')
  }
}

async function reloadSites(app: FastifyInstance): Promise<void> {
  if (app.sites === null) return
  try {
    await app.sites.reload()
    app.log.info('SIGHUP: the file of sites was read again')
  } catch (err) {
    app.log.error({ err }, 'SIGHUP: the file of sites could not be read again: the old sites stay in use')
  }
}

function isHttps(app: FastifyInstance): app is FastifyInstance<HttpsServer> {
  return app.server instanceof HttpsServer
}
