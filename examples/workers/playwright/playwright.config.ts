// npx playwright test --config workers/playwright
import { defineConfig } from '@playwright/test'

const port = 4180

export default defineConfig({
  workers: 2,
  fullyParallel: true,
  outputDir: '../../test-results',
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' }
  },
  webServer: {
    command: 'node_modules/.bin/postern serve --fixture',
    cwd: '../..',
    env: { POSTERN_PORT: String(port) },
    url: `http://127.0.0.1:${port}/health/ready`
  }
})
