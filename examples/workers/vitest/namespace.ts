import { inject } from 'vitest'

/** The address of a Postern of its own for this worker, which begins with these users. */
export async function startNamespace(users: Record<string, string>): Promise<string> {
  const namespace = `${inject('posternUrl')}/fixture/namespaces/worker-${process.env.VITEST_POOL_ID}`
  const response = await fetch(namespace, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ users })
  })
  const { url } = (await response.json()) as { url: string }
  return url
}
