import axe from 'axe-core'
import type { Page } from 'playwright-core'

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe-core finds against WCAG 2.2 AA, and against what it calls best practice. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Over the protocol of the developer tools, since the policy of the page lets no other script in.
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(tags)} })`
  )) as axe.AxeResults
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`)
  )
}

/** By how many pixels the document is wider than the window. */
export async function overflow(page: Page): Promise<number> {
  return (await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  )) as number
}

/** Fields that a password manager does not know (HTML §4.10.18.7), and passwords whose form does not tell whose they are. */
export async function passwordFaults(page: Page): Promise<string[]> {
  return (await page.evaluate(`[...document.querySelectorAll('main input[type=password]')].flatMap((input) => {
    const isKnown = ['current-password', 'new-password'].includes(input.autocomplete)
    const hasName = input.form.querySelector('[autocomplete=username]') !== null
    return [isKnown || input.name + ': ' + input.autocomplete, hasName || input.name + ': no user name'].filter((fault) => fault !== true)
  })`)) as string[]
}
