import t from 'tap'
import { deviceOf, shortUserAgent } from '../../src/browser/device.js'

const agents = {
  'Firefox on Linux': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Chrome on Windows':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  'Edge on Windows':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0',
  'Opera on macOS':
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0',
  'Safari on macOS':
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
  'Safari on iPhone':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
  'Firefox on iPhone':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/144.0 Mobile/15E148 Safari/605.1.15',
  'Chrome on Android':
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Samsung Internet on Android':
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
  'Chrome on ChromeOS':
    'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'
}

for (const [name, userAgent] of Object.entries(agents)) {
  t.test(`a browser is named by its user agent: ${name}`, async (t) => {
    const { browser, system } = deviceOf(userAgent) ?? {}
    t.equal(`${browser} on ${system}`, name)
  })
}

t.test('nothing is guessed of any other user agent', async (t) => {
  for (const userAgent of [
    '',
    'curl/8.5.0',
    'Firefox on Linux',
    'w3m/0.5.3+git20230121',
    'Mozilla/5.0 (X11; Linux x86_64) SomethingNew/1.0',
    'Mozilla/5.0 (Plan9) Firefox/140.0',
    `Mozilla/5.0 (${'x'.repeat(600)} Linux) Firefox/140.0`
  ]) {
    t.equal(deviceOf(userAgent), undefined, userAgent)
  }
})

t.test('a long user agent is cut, between characters', async (t) => {
  t.equal(shortUserAgent('curl/8.5.0'), 'curl/8.5.0')
  t.equal(shortUserAgent('😀'.repeat(80)), '😀'.repeat(80))
  t.equal(shortUserAgent('😀'.repeat(81)), `${'😀'.repeat(80)}…`)
})
