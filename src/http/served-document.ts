/** The URL and the calls of a server, for its share of the document of all calls. */
export interface Served {
  /** The base URL of the calls. */
  url: string
  /** Whether it has this call; the path as the router has it, such as `/fixture/users/:user`. */
  hasCall(method: string, path: string): boolean
}

interface Operation {
  tags?: string[]
  security?: Record<string, string[]>[]
}

interface SecurityScheme {
  flows?: { password: { tokenUrl: string } }
}

interface OpenApiDocument {
  servers: object[]
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Record<string, SecurityScheme> }
}

/** The text of an OpenAPI document of all calls, reduced to the calls of this server. */
export function servedDocument(text: string, { url, hasCall }: Served): string {
  const document = JSON.parse(text) as OpenApiDocument
  const paths = Object.entries(document.paths).flatMap(([path, operations]) => {
    const pattern = path.replace(/\{(\w+)\}/g, ':$1')
    const had = Object.entries(operations).filter(([method]) => hasCall(method.toUpperCase(), pattern))
    return had.length === 0 ? [] : [[path, Object.fromEntries(had)] as const]
  })
  const had = paths.flatMap(([, operations]) => Object.values(operations))
  const tags = new Set(had.flatMap(({ tags = [] }) => tags))
  const schemes = new Set(had.flatMap(({ security = [] }) => security.flatMap(Object.keys)))
  const { securitySchemes } = document.components
  return JSON.stringify({
    ...document,
    servers: [{ url }],
    tags: document.tags.filter(({ name }) => tags.has(name)),
    paths: Object.fromEntries(paths),
    components: {
      ...document.components,
      securitySchemes: Object.fromEntries(
        Object.entries(securitySchemes)
          .filter(([name]) => schemes.has(name))
          .map(([name, scheme]) => [name, located(scheme, url)])
      )
    }
  })
}

// Unlike the calls, it is not relative to the server.
function located(scheme: SecurityScheme, url: string): SecurityScheme {
  if (scheme.flows === undefined) return scheme
  const password = { ...scheme.flows.password, tokenUrl: `${url === '/' ? '' : url}/oauth/token` }
  return { ...scheme, flows: { password } }
}
