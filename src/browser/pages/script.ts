import { shortDigest } from '../short-digest.js'

/**
 * The script of the pages, which only makes them nicer: buttons that copy a text, and a page that is asked for anew where a browser would
 * show it out of its memory. Chromium does that with pages that nobody may store, too, and after a sign-out. Each page works without it.
 */
export const script = `addEventListener('pagehide', ({ persisted }) => {
  document.documentElement.hidden = persisted
})
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.replace(location.pathname + location.search)
})
for (const button of document.querySelectorAll('[data-copy]')) {
  const label = button.textContent
  button.classList.add('ready')
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(button.dataset.copy)
    button.textContent = button.dataset.copied
    setTimeout(() => { button.textContent = label }, 2000)
  })
}
`

/** Its address, a new one with each release that changes it. */
export const scriptAddress = `/pages/page.js?v=${shortDigest(script)}`
