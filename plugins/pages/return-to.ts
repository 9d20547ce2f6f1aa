import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where a `return_to` leads, as a whole URL; undefined for one that is not to be followed. */
    judgeReturnTo(text: string | undefined): string | undefined
    /** The origin of such a URL, unless it is ours. */
    formTargetOf(returnTo: string | undefined): string | undefined
  }
}

const maxLength = 2048

export default fp(
  async (app) => {
    const { origin } = app.publicSite

    app.decorate('judgeReturnTo', (text) => {
      // A browser takes a back-slash for a slash, and leaves control characters out.
      if (text === undefined || text.length > maxLength || /[\p{Cc}\\]/u.test(text)) return undefined
      if (!URL.canParse(text, origin)) return undefined
      const url = new URL(text, origin)
      const isOurs = url.origin === origin && url.username === '' && url.password === ''
      return isOurs ? url.href : undefined
    })
    app.decorate('formTargetOf', (returnTo = origin) => {
      const target = new URL(returnTo).origin
      return target === origin ? undefined : target
    })
  },
  { name: 'return-to', dependencies: ['public-site'] }
)
