import { createReplyHeaders, type ReplyHeaders } from '../http/reply-headers.js'

/** The content security policy of a page: nothing of another host. @param formTarget the one origin beside ours to which its form may lead. */
export function pagePolicy(formTarget?: string): string {
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    // Chromium judges by this also where the answer to a form redirects.
    `form-action 'self'${formTarget === undefined ? '' : ` ${formTarget}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'"
  ].join('; ')
}

/** The headers of every page. @param isHttps as of `createReplyHeaders`. */
export function createPageHeaders(isHttps: boolean): ReplyHeaders {
  return {
    ...createReplyHeaders({ isHttps }),
    'content-security-policy': pagePolicy(),
    // With no-referrer Chromium sends `Origin: null` along with a form.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'x-robots-tag': 'noindex'
  }
}
