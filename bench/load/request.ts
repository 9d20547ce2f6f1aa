/** A request as both kinds of load send it. */
export interface Request {
  method?: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}

/** Requests to send in turn, or what makes the next one where none may be sent twice. */
export type Requests = readonly Request[] | (() => Request)

const formType = 'application/x-www-form-urlencoded'

export function postForm(path: string, values: Record<string, string>): Request {
  const body = new URLSearchParams(values).toString()
  return { method: 'POST', path, headers: { 'content-type': formType }, body }
}

/** The text of a reply of success. */
export async function send(url: string, { path, ...options }: Request): Promise<string> {
  const response = await fetch(url + path, options)
  if (!response.ok) throw new Error(`${path.split('?')[0]} was answered with ${response.status}`)
  return await response.text()
}
