// The exports for a program that embeds the service. Tests use `postern/testing`, and other services
// `postern/verify`.
export type { AppOptions } from './app-options.js'
export type { Environment } from './config/environment.js'
export { StartupError } from './errors/startup-error.js'
export type { LogStream } from './server/log-stream.js'
export { createServer, serve, start } from './server/server.js'
