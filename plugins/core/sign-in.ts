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
    const { store, pendingSignIns, passwords, throttle, factorStep, requiresFactor, audit } = app
    const warn = (err: unknown, message: string) => app.log.warn({ err }, message)
    const steps = { passwords, throttle, factorStep, requiresFactor }
    app.decorate('signIn', createSignIn({ store, pendingSignIns, ...steps, audit, clock, warn }))
  },
  {
    name: 'sign-in',
    dependencies: ['store', 'passwords', 'throttle', 'factor-step', 'factor-policy', 'audit']
  }
)
