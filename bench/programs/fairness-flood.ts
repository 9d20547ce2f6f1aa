// Sends an attacker's requests at an even pace, whether or not those before are answered, each from the next of so many networks,
// and prints how often which status came. Its arguments: the address, the kind of flood, how many networks, how many
// seconds, an access token of the attacker's.
import { Agent, request } from 'node:http'
import { honestName } from '../load/account.js'
import type { Statuses } from './login-flood.js'

/** The kinds of an attacker's requests. */
export type FloodKind = 'unknown names' | 'one name' | 'many names' | 'sign-ups' | 'session mints'

// 100 requests of 120 bytes are 12 KiB.
const perSecondAndNetwork = 100
const hostsOfNetwork = 250

// A client that waits for more replies than this has given up on none of them.
const agent = new Agent({ keepAlive: true, maxSockets: 1024 })
const [url = '', kind = '', networks = '', seconds = '', token = ''] = process.argv.slice(2)
const statuses: Statuses = {}

const login = (user: string) => `GET /token?${new URLSearchParams({ user, pass: 'a guess' })}`
const next: Record<FloodKind, (index: number) => string> = {
  'unknown names': (index) => login(`nobody ${index}`),
  'one name': () => login(honestName(0)),
  'many names': (index) => login(honestName(index)),
  'sign-ups': (index) => `POST /user?${new URLSearchParams({ user: `made ${index}`, pass: 'secret' })}`,
  'session mints': () => `GET /refresh_token?access_token=${token}`
}

const total = perSecondAndNetwork * Number(networks) * Number(seconds)
const interval = 1000 / (perSecondAndNetwork * Number(networks))
const replies: Promise<void>[] = []
const start = performance.now()
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    while (replies.length < total && start + replies.length * interval <= performance.now())
      replies.push(send(replies.length))
    if (replies.length < total) return
    clearInterval(timer)
    resolve()
  }, 5)
})
await Promise.all(replies)
agent.destroy()
console.log(JSON.stringify(statuses))

function send(index: number): Promise<void> {
  const [method = '', path = ''] = next[kind as FloodKind](index).split(' ')
  const network = index % Number(networks)
  const host = 1 + (Math.floor(index / Number(networks)) % hostsOfNetwork)
  const headers = { 'x-forwarded-for': `198.18.${network}.${host}` }
  return new Promise((resolve) => {
    const count = (status: string) => {
      statuses[status] = (statuses[status] ?? 0) + 1
      resolve()
    }
    const sent = request(url + path, { agent, method, headers }, (response) => {
      response.resume().once('end', () => count(String(response.statusCode)))
    })
    sent.once('error', () => count('error')).end()
  })
}
