#!/usr/bin/env node
// This file is read by any Node, so that an old one says more than a syntax error: its syntax is that of 2015, and it loads
// what is younger only after this check. The version is that of `engines` in package.json.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 15)) {
  process.stderr.write(
    `postern: this is Node.js ${process.versions.node}, and Postern needs 20.15 or later: install that from https://nodejs.org\n`
  )
  process.exit(2)
}

// Before all else, until the program has handlers of its own. On SIGUSR1 Node opens its inspector to every user of the machine,
// unless there is a handler. A program that is process 1, as in a container, never gets a signal without one. SIGHUP asks
// the service to read its files, which it is about to, unless it has a terminal; it ends a fixture.
import fs = require('node:fs')
import tty = require('node:tty')

const isService = process.argv[2] === 'serve'
const isReloaded = isService && !process.argv.includes('--fixture') && !tty.isatty(0)
for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129]
] as const) {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1 || (signal === 'SIGHUP' && isReloaded)) return
    if (isService) process.stderr.write(`postern: ${signal} ends the service before it has started\n`)
    process.exit(isService ? 0 : code)
  })
}
process.on('SIGUSR1', () => {})

// When it ends, Node sets its terminal right. If that is gone, it fails an assertion there, and may never end.
const terminals = [0, 1, 2].filter(tty.isatty)
process.on('exit', () => {
  for (const descriptor of terminals) {
    if (tty.isatty(descriptor)) continue
    fs.closeSync(descriptor)
    // Takes the lowest number, which is the one that was closed.
    fs.openSync('/dev/null', 'r+')
  }
})

import path = require('node:path')
import bundle = require('./bundle.cjs')

bundle.run(path.join(__dirname, '../bundle'))
