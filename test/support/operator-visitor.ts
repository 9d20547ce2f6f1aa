import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Environment } from '../../src/config/environment.js'
import type { User } from '../../src/store/store.js'
import { signUp, startService } from './helper.js'
import { createVisitor } from './visitor.js'

/** A service with the operator's pages, and the browser of alice, a member of `postern-admins` who is signed in. */
export async function startOperatorPages(t: Test, environment: Environment = {}) {
  const service = await startService(t, { POSTERN_ADMIN: 'http', ...environment })
  const { app, log } = service
  await signUp(app)
  const alice = await changeUser(app, 'alice', { groups: ['postern-admins'] })
  const visitor = createVisitor(app)
  await visitor.signIn()
  const audits = () => log.map((line) => JSON.parse(line)).filter(({ audit }) => audit !== undefined)
  return { ...service, alice, visitor, audits, actor: `user:${alice.uid}` }
}

/** Makes an account that has signed up, without a session. */
export async function makeUser(app: FastifyInstance, name = 'bob'): Promise<User> {
  await signUp(app, name)
  return await requireUser(app, name)
}

/** Changes the record of an account. */
export async function changeUser(app: FastifyInstance, name: string, members: Partial<User>): Promise<User> {
  const user = await requireUser(app, name)
  await app.store.replaceUser(user, { ...user, ...members })
  return await requireUser(app, name)
}

/** The record of an account. */
export async function requireUser(app: FastifyInstance, name: string): Promise<User> {
  const user = await app.store.findUserByName(name)
  if (user === undefined) throw new Error(`there is no ${name}`)
  return user
}

/** The fields of the form for changes of an account, as a page has them. */
export function editFields(page: string): Record<string, string> {
  const inputs = [...page.matchAll(/<input ([^>]*)>/g)]
    .map(([, text = '']) => ({
      name: attribute(text, 'name'),
      value: attribute(text, 'value'),
      isOff: / type="checkbox"/.test(` ${text}`) && !/ checked/.test(` ${text}`)
    }))
    .filter(({ isOff }) => !isOff)
    .map(({ name, value }) => [name, value])
  const areas = [...page.matchAll(/<textarea ([^>]*)>([^<]*)<\/textarea>/g)].map(
    ([, text = '', value = '']) => [attribute(text, 'name'), decode(value)]
  )
  return Object.fromEntries([...inputs, ...areas])
}

function attribute(text: string, name: string): string {
  return decode(RegExp(`(?:^| )${name}="([^"]*)"`).exec(text)?.[1] ?? '')
}

function decode(text: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
}
