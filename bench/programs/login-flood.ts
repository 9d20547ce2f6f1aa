// Logs in so many times at once, again and again, at the address in its argument, and prints how often which status came.
import { Agent, request } from 'node:http'
import { signIn } from '../load/account.js'

/** How often each status came. */
export type Statuses = Record<string, number>

const logins = 500
const times = 6

const [url = ''] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true })
const statuses: Statuses = {}
for (let time = 0; time < times; time += 1) await Promise.all(Array.from({ length: logins }, logIn))
agent.destroy()
console.log(JSON.stringify(statuses))

function logIn(): Promise<void> {
  return new Promise((resolve, reject) => {
    const login = request(url + signIn('wrong').path, { agent }, (response) => {
      const status = String(response.statusCode)
      statuses[status] = (statuses[status] ?? 0) + 1
      response.resume().once('end', resolve)
    })
    login.once('error', reject).end()
  })
}
