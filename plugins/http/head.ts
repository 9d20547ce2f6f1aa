import fp from 'fastify-plugin'
import { answerHead } from '../../src/http/head-requests.js'

export default fp(async (app) => void app.addHook('onRoute', answerHead), { name: 'head' })
