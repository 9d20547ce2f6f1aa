import fp from 'fastify-plugin'
import { type Brand, readLogo } from '../../src/browser/brand.js'
import { type CookieNames, cookieNames } from '../../src/browser/cookies.js'
import { type PublicSite, publicSite } from '../../src/browser/public-site.js'
import { createSignatures, type Signatures } from '../../src/browser/signatures.js'
import { publicUrl } from '../../src/http/public-url.js'

declare module 'fastify' {
  interface FastifyInstance {
    publicSite: PublicSite
    cookieNames: CookieNames
    brand: Brand
    signatures: Signatures
  }
}

export default fp(
  async (app) => {
    const { config, keys } = app.service
    const { POSTERN_BRAND_LOGO_FILE: logo } = config
    // By now the service listens, so its address is known.
    const site = publicSite(publicUrl(app.service))
    app.decorate('publicSite', site)
    app.decorate('cookieNames', cookieNames(site))
    app.decorate('signatures', createSignatures(keys))
    app.decorate('brand', {
      name: config.POSTERN_BRAND_NAME,
      accent: config.POSTERN_BRAND_ACCENT,
      support: config.POSTERN_BRAND_SUPPORT,
      logo: logo === undefined ? undefined : await readLogo(logo)
    })
  },
  { name: 'public-site' }
)
