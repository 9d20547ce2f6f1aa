// How many requests a second Postern judges for a proxy, by the cookie that a browser has on the host of a site, against a bare Fastify
// that answers with the same headers.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadFully } from '../load/full-load.js'
import { postForm, send } from '../load/request.js'
import { compareFully } from '../report/comparison.js'
import type { Row } from '../report/row.js'
import { built, type Program } from '../setup/program.js'
import type { Workplace } from '../setup/workplace.js'

const account = { user: 'alice', pass: 'wonderland' }
const page = 'http://localhost:8080/page'
const { protocol, host, pathname } = new URL(page)

const forwarded = {
  'x-forwarded-proto': protocol.slice(0, -1),
  'x-forwarded-host': host,
  'x-forwarded-uri': pathname,
  'x-forwarded-method': 'GET'
}

export async function measureSites(workplace: Workplace): Promise<Row[]> {
  const file = join(await workplace.folder(), 'sites.json')
  writeFileSync(file, JSON.stringify({ sites: [{ host: 'localhost' }] }))
  const environment = { POSTERN_PAGES: 'on', POSTERN_SITES_FILE: file, POSTERN_TRUST_PROXY: '127.0.0.1' }
  const ours = await workplace.startPostern({ environment })
  await send(ours.url, postForm('/user', account))
  const headers = { ...forwarded, cookie: await enter(ours) }
  const { answer } = await ask(`${ours.url}/forward-auth`, { headers }, 204)
  const sent = [...answer.headers].filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name))
  const args = [built('bench/programs/bare.js'), '{}', JSON.stringify(Object.fromEntries(sent))]
  const theirs = await workplace.start({ args, place: 'server' })
  const requests = [{ path: '/forward-auth', headers }]
  // A proxy asks about each request for a page: what counts is the rate of a service that has run for a while.
  for (const program of [ours, theirs]) await loadFully(program, requests, { seconds: 4 })
  const name = 'GET /forward-auth, cookie of a site'
  return [(await compareFully(name, { atLeast: 0.7 }, { ours, theirs, requests })).row]
}

/** Signs a browser in for the page. Returns its cookie on the host of it. */
async function enter({ url }: Program): Promise<string> {
  // A call of Node's fetch is no visit to a page.
  const sent = await ask(`${url}/forward-auth`, { headers: forwarded }, 401)
  const opened = await ask(sent.location, { headers: { accept: 'text/html' } }, 200)
  const { path, headers, ...form } = postForm('/sign-in', account)
  const ownHeaders = { ...headers, 'sec-fetch-site': 'same-origin', cookie: opened.cookies }
  const signedIn = await ask(url + path, { ...form, headers: ownHeaders }, 303)
  const callback = signedIn.location.replace(new URL(page).origin, url)
  const arrived = await ask(callback, { headers: { ...forwarded, cookie: sent.cookies } }, 303)
  return arrived.cookies
}

async function ask(url: string, options: RequestInit, status: number) {
  const answer = await fetch(url, { ...options, redirect: 'manual' })
  if (answer.status !== status) throw new Error(`${new URL(url).pathname} was answered with ${answer.status}`)
  const cookies = answer.headers.getSetCookie().filter((text) => !/^[^=]+=;/.test(text))
  return {
    answer,
    location: answer.headers.get('location') ?? '',
    cookies: cookies.map((text) => text.split(';', 1)[0]).join('; ')
  }
}
