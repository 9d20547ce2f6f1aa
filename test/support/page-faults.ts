import type { Page } from 'playwright-core'

/**
 * Notes all that a page does and must not: errors on its console, violations of its policy, requests to another host, content that moves
 * after it was shown. To be called before the first page is opened.
 *
 * @returns a function that gives what was noted since the last call, with the page that is open.
 */
export async function noteFaults(page: Page, origin: string): Promise<() => Promise<string[]>> {
  const faults: string[] = []
  page.on('console', (message) => {
    // Chromium tells the status of a page that is refused, as it should be.
    const isStatus =
      message.text().startsWith('Failed to load resource') && message.location().url === page.url()
    if (['error', 'warning'].includes(message.type()) && !isStatus) faults.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol !== 'data:' && url.origin !== origin) faults.push(`request to ${url.origin}`)
  })
  page.on('requestfailed', (request) => {
    const { errorText = '' } = request.failure() ?? {}
    // What the next page has made needless.
    if (errorText !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()}: ${errorText}`)
  })
  return async () => {
    const shifts = await page.evaluate(layoutShifts)
    const found = [...faults.splice(0), ...shifts.map((nodes) => `moved: ${nodes}`)]
    return found.map((fault) => `${new URL(page.url()).pathname}: ${fault}`)
  }
}

/** Runs in the page: what has moved without an act of the user (Layout Instability API). */
async function layoutShifts(): Promise<string[]> {
  interface Shift {
    hadRecentInput: boolean
    sources: { node: { nodeName: string; className: string } | null }[]
  }
  const global = globalThis as unknown as {
    PerformanceObserver: new (
      callback: (list: { getEntries(): Shift[] }) => void
    ) => { observe(options: object): void; takeRecords(): Shift[]; disconnect(): void }
    requestAnimationFrame(callback: () => void): void
  }
  const shifts: Shift[] = []
  const observer = new global.PerformanceObserver((list) => shifts.push(...list.getEntries()))
  observer.observe({ type: 'layout-shift', buffered: true })
  // They are told with a frame.
  await new Promise<void>((resolve) =>
    global.requestAnimationFrame(() => global.requestAnimationFrame(() => resolve()))
  )
  observer.disconnect()
  return shifts
    .filter(({ hadRecentInput }) => !hadRecentInput)
    .map(({ sources }) => sources.map(({ node }) => `${node?.nodeName} ${node?.className}`).join(', '))
}
