// The time that a verifier takes for a token in the modes offline and feed, measured in turn.
import { createVerifier, type Verifier } from '../../src/verifier/verifier.js'
import { interleave } from '../report/rounds.js'

/** In milliseconds a token, of each round. */
export interface ModeTimes {
  offline: number[]
  feed: number[]
}

const verifications = 2000

const { url, client, tokens } = JSON.parse(process.argv[2] ?? '') as {
  url: string
  client: { id: string; secret: string }
  tokens: string[]
}
const verifiers = {
  offline: createVerifier({ url }),
  feed: createVerifier({ url, mode: 'feed', client })
}
const times: ModeTimes = await interleave(9, {
  offline: () => measure(verifiers.offline),
  feed: () => measure(verifiers.feed)
})
verifiers.feed.close()
console.log(JSON.stringify(times))

async function measure(verifier: Verifier): Promise<number> {
  const began = performance.now()
  for (let index = 0; index < verifications; index += 1)
    await verifier.verify(tokens[index % tokens.length] ?? '')
  return (performance.now() - began) / verifications
}
