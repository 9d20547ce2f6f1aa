import { createHash } from 'node:crypto'

/** A page, and the content security policy that it needs. */
export interface Page {
  html: string
  policy: string
}

interface PageContent {
  version: string
  hasDocs: boolean
}

/** Whether this `Accept` names HTML (RFC 9110 §12.5.1). Only a browser does: curl and libraries take any type. */
export function acceptsHtml(accept = ''): boolean {
  return accept
    .split(',')
    .some((range) => /^\s*text\/html\s*(;|$)/i.test(range) && !/;\s*q=0(\.0*)?\s*$/i.test(range))
}

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;margin:4rem auto;max-width:32rem;padding:0 1rem}:root{color-scheme:light dark}'

/**
 * The page at the root, which is made when a browser first asks for it: what answers here, and where to go on. Its links are
 * relative, for a namespace of a fixture has it below its path.
 */
export function homePage(content: PageContent): () => Page {
  let page: Page | undefined
  return () => {
    page ??= makePage(content)
    return page
  }
}

function makePage({ version, hasDocs }: PageContent): Page {
  const docs = hasDocs
    ? '<p><a href="docs">Try the calls</a> · <a href="openapi.json">OpenAPI document</a></p>\n'
    : ''
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Postern</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<h1>Postern ${version}</h1>
<p>This is an authentication service. Programs call it; it has no page to sign in.</p>
${docs}</html>
`
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    // The icon, which a browser would else look for.
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join(';')
  return { html, policy }
}
