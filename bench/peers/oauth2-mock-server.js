// oauth2-mock-server as its README starts it, but with a key for ES256 instead of RS256, as Postern has.
import { OAuth2Server } from 'oauth2-mock-server'

const server = new OAuth2Server()
await server.issuer.keys.generate('ES256')
await server.start(0, '127.0.0.1')
console.log(`http://127.0.0.1:${server.address().port}`)
