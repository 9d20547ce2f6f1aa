import os = require('node:os')

// libuv reads this once, when it starts its first thread. Loading an ES module starts one, so this file is CommonJS. More
// threads than cores would only make hashes take turns with each other and with the event loop.
process.env.UV_THREADPOOL_SIZE ||= String(os.availableParallelism())

// Without the bundle this is where the program begins. A handler keeps Node from opening its inspector to all users.
process.on('SIGUSR1', () => {})

import('./commands.js').then(({ runCommandLine }) => runCommandLine(process.argv.slice(2)))
