import fp from 'fastify-plugin'
import { limitPipelining } from '../../src/http/pipelining.js'

export default fp(async (app) => limitPipelining(app.server), { name: 'pipelining' })
