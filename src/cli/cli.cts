import os = require('node:os')

// libuv reads this once, when it starts its first thread; loading an ES module is enough to start it, and that is why this
// file is none. More threads than cores would only have hashes take turns with each other and with the event loop.
process.env.UV_THREADPOOL_SIZE ||= String(os.availableParallelism())

// Without the bundle this is where the program begins. A handler keeps Node from opening its inspector to all users.
process.on('SIGUSR1', () => {})

import('./commands.js').then(({ runCommandLine }) => runCommandLine(process.argv.slice(2)))
