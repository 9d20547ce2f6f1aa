/** The browser and the system that a user agent names. */
export interface Device {
  readonly browser: string
  readonly system: string
}

// In this order: most browsers also name those that they are made of.
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\bChromium\//, 'Chromium'],
  [/\b(?:Headless)?(?:Chrome|CriOS)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari']
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux']
]

// The text is the client's own, and as long as its headers may be.
const maxJudged = 512
const maxLength = 80

/**
 * The browser and the system of a user agent (RFC 9110 §10.1.5) that begins as all browsers' do. Undefined for any other: nothing is
 * guessed. The client says it of itself, and it proves nothing.
 */
export function deviceOf(userAgent: string): Device | undefined {
  if (!userAgent.startsWith('Mozilla/5.0 (')) return undefined
  const text = userAgent.slice(0, maxJudged)
  const named = (names: typeof browsers) => names.find(([sign]) => sign.test(text))?.[1]
  const [browser, system] = [named(browsers), named(systems)]
  return browser === undefined || system === undefined ? undefined : { browser, system }
}

/** A user agent as it is, cut after 80 characters. */
export function shortUserAgent(userAgent: string): string {
  const characters = [...userAgent]
  return characters.length <= maxLength ? userAgent : `${characters.slice(0, maxLength).join('')}…`
}
