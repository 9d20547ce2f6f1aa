import { startPostern } from 'postern/testing'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    posternUrl: string
  }
}

/** One Postern for all workers. */
export default async function setup(project: TestProject) {
  const postern = await startPostern()
  project.provide('posternUrl', postern.url)
  return () => postern.stop()
}
