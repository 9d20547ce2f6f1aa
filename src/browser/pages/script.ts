import { shortDigest } from '../short-digest.js'

/**
 * The script of the pages, which only makes them nicer: buttons that copy a text. Each page works without it.
 */
export const script = `for (const button of document.querySelectorAll('[data-copy]')) {
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
