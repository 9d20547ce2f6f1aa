import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import type { Test } from 'tap'
import { certificates } from './certificates.js'
import { docBlock } from './docs.js'
import { freePort } from './free-port.js'
import { temporaryFolder } from './helper.js'
import { nginxCommand, startProxy } from './nginx.js'
import { serve } from './process.js'

const page = 'docs/integrate/private-pages.md'

/** The hosts of the page of the documents: Postern's own, and those of the pages behind. */
export const hosts = { auth: 'auth.example.com', wiki: 'wiki.example.org', ops: 'ops.example.net' } as const

/** What a page behind the proxy was sent. */
export interface Visit {
  url: string
  method: string
  headers: IncomingHttpHeaders
  body: string
}

/** A page that knows nothing of Postern, and what it was sent. */
async function startPage(t: Test, name: string) {
  const visits: Visit[] = []
  const server = createServer({ maxHeaderSize: 64 * 1024 }, async (request, response) => {
    const { url = '', method = '', headers } = request
    visits.push({ url, method, headers, body: await text(request) })
    response.setHeader('content-type', 'text/html').end(`<title>${name}</title><h1>the ${name}</h1>`)
  })
  server.on('upgrade', ({ url = '', method = '', headers }, socket) => {
    visits.push({ url, method, headers, body: '' })
    const head = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
    socket.end(`${head}\r\nthe socket of the ${name}`)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close().closeAllConnections())
  return { visits, port: (server.address() as AddressInfo).port }
}

/** The proxies with a configuration of the documents. */
export type ProxyName = 'nginx' | 'caddy'

interface Ports {
  postern: string
  proxy: number
  wiki: number
  ops: number
}

const commands: Record<ProxyName, (folder: string, ports: Ports) => string[]> = {
  nginx(folder, { postern, proxy, wiki, ops }) {
    const { cert, key } = writeCertificate(folder)
    const withPorts = (configuration: string) =>
      configuration
        .replaceAll('127.0.0.1:3000', postern)
        .replaceAll('127.0.0.1:8000', `127.0.0.1:${wiki}`)
        .replaceAll('127.0.0.1:8001', `127.0.0.1:${ops}`)
        .replaceAll('listen 443 ssl', `listen 127.0.0.1:${proxy} ssl`)
        .replaceAll('/etc/ssl/site.pem', cert)
        .replaceAll('/etc/ssl/site.key', key)
        .replaceAll(`https://${hosts.auth}/`, `https://${hosts.auth}:${proxy}/`)
    const shared = join(folder, 'postern-site.conf')
    writeFileSync(shared, withPorts(docBlock(page, 'nginx', 'auth_request /.postern/auth;')))
    const servers = withPorts(docBlock(page, 'nginx', `server_name ${hosts.auth}`))
    const maps = docBlock(page, 'nginx', 'map $http_cookie $postern_site {')
    return nginxCommand(
      folder,
      `${maps}\n${servers.replaceAll('include postern-site.conf', `include ${shared}`)}`
    )
  },
  caddy(folder, { postern, proxy, wiki, ops }) {
    const { cert, key } = writeCertificate(folder)
    const configuration = docBlock(page, 'caddyfile', `${hosts.auth} {`)
      .replaceAll('127.0.0.1:3000', postern)
      .replaceAll('127.0.0.1:8000', `127.0.0.1:${wiki}`)
      .replaceAll('127.0.0.1:8001', `127.0.0.1:${ops}`)
      .replaceAll(/^([\w.]+) \{$/gm, `https://$1:${proxy} {\n  bind 127.0.0.1\n  tls ${cert} ${key}`)
    const options = '{\n  admin off\n  auto_https disable_redirects\n}\n'
    writeFileSync(join(folder, 'Caddyfile'), options + configuration)
    return ['caddy', 'run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile']
  }
}

function writeCertificate(folder: string) {
  const [{ cert, key }] = certificates
  const certificate = { cert: join(folder, 'site.pem'), key: join(folder, 'site.key') }
  writeFileSync(certificate.cert, cert)
  writeFileSync(certificate.key, key)
  return certificate
}

/** Starts what is behind the proxy in the place of the wiki, which people know under this origin. Returns its port. */
type StartApplication = (posternUrl: string, origin: string) => Promise<number>

/** Postern, two pages, and a proxy before all of them that is set up as the documents say. */
export async function startPrivatePages(t: Test, proxy: ProxyName, startApplication?: StartApplication) {
  const port = await freePort()
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'proxy'))
  const sites = join(folder, 'sites.yaml')
  const rules = docBlock(page, 'yaml', 'sites:')
  writeFileSync(sites, `${rules}  - host: ${hosts.ops}\n    path: /public/*\n    open: true\n`)
  const users = join(folder, 'users.json')
  const account = (name: string, groups: string[]) => ({ name, password: 'wonderland', groups })
  writeFileSync(users, JSON.stringify([account('alice', ['family']), account('olga', ['ops'])]))
  const postern = serve(t, temporaryFolder(t), {
    POSTERN_PUBLIC_URL: `https://${hosts.auth}:${port}`,
    POSTERN_SITES_FILE: sites,
    POSTERN_TRUST_PROXY: '127.0.0.1',
    POSTERN_USERS_FILE: users
  })
  const posternUrl = await postern.url()
  const [wiki, ops] = [await startPage(t, 'wiki'), await startPage(t, 'ops')]
  const application = await startApplication?.(posternUrl, `https://${hosts.wiki}:${port}`)
  const ports = {
    postern: new URL(posternUrl).host,
    proxy: port,
    wiki: application ?? wiki.port,
    ops: ops.port
  }
  const command = commands[proxy](join(folder, 'proxy'), ports)
  await startProxy(t, command, join(folder, 'proxy'), `http://127.0.0.1:${port}`)
  const urlOf = (name: keyof typeof hosts, path = '/') => `https://${hosts[name]}:${port}${path}`
  return { port, postern, posternUrl, wiki, ops, urlOf }
}

/** Sends these bytes over TLS to a host of the proxy, and gives all that comes back. */
export async function sendSecurely(port: number, servername: string, head: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.write(head)
  return await text(socket)
}
