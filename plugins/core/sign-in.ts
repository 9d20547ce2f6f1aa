import fp from 'fastify-plugin'
import type { AppOptions } from '../../src/app-options.js'
import { createSignIn, type SignIn } from '../../src/sign-in/sign-in.js'

declare module 'fastify' {
  interface FastifyInstance {
    signIn: SignIn
  }
}

export default fp<AppOptions>(
  async (app, { clock }) => {
    const { store, passwords, throttle, audit } = app
    const warn = (err: unknown, message: string) => app.log.warn({ err }, message)
    app.decorate('signIn', createSignIn({ store, passwords, throttle, audit, clock, warn }))
  },
  { name: 'sign-in', dependencies: ['store', 'passwords', 'throttle', 'audit'] }
)
