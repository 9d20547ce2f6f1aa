// npx vitest run --root workers/vitest
import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { globalSetup: './postern.ts', maxWorkers: 4 } })
