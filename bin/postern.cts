#!/usr/bin/env node
// Before all else, until the program has handlers of its own. On SIGUSR1 Node opens its inspector to every user of the machine,
// unless there is a handler. A program that is process 1, as in a container, never gets a signal without one. SIGHUP asks
// the service to read its files, which it is about to.
const isService = process.argv[2] === 'serve'
for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130]
] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return
    if (isService) process.stderr.write(`postern: ${signal} ends the service before it has started\n`)
    process.exit(isService ? 0 : code)
  })
}
process.on('SIGUSR1', () => {})
if (isService) process.on('SIGHUP', () => {})

import path = require('node:path')
import bundle = require('./bundle.cjs')

bundle.run(path.join(__dirname, '../bundle'))
