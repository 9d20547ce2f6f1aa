// ASCII alone: browsers send an internationalised name as A-labels (RFC 5890 §2.3.2.1).
const hostWithPort = /^([\w.-]{1,254}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i
const label = /^.{1,63}$/

/**
 * The one spelling of the host in a `Host` header: in lower case, without its port and the dot at its end, an address in its shortest form.
 * Undefined for what is no host, such as two of them, or one with a user name.
 */
export function siteHost(text: string): string | undefined {
  const [, host = ''] = hostWithPort.exec(text) ?? []
  if (!URL.canParse(`http://${host}`)) return undefined
  const name = new URL(`http://${host}`).hostname.replace(/\.$/, '')
  return name.split('.').every((part) => label.test(part)) ? name : undefined
}
