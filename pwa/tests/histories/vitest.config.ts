// The phones' own program against a running server: `tests/property/test_phones.py` starts both.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const pwa = fileURLToPath(new URL('../..', import.meta.url))

export default defineConfig({
  root: pwa,
  resolve: { alias: { '@': `${pwa}/src` } },
  test: {
    environment: 'node',
    include: ['tests/histories/*.spec.ts'],
    setupFiles: ['tests/histories/setup.ts'],
    testTimeout: 3_600_000,
    fileParallelism: false,
  },
})
