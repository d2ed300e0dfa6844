// Build, development server and tests of the phone app, which lives under /app/.
import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import { firstRouteBudget } from './build/first_route_budget.ts'
import { offlineFiles } from './build/offline_files.ts'
import { qrWorkerAsFile } from './build/qr_worker_as_file.ts'
import { standInServer } from './build/stand_in_server.ts'
import { vantWithoutIconFont } from './build/vant_without_icon_font.ts'

const root = fileURLToPath(new URL('.', import.meta.url))
const server = process.env.DOORSTEP_SERVER
const served = ['/api', '/sync', '/attachments']

export default defineConfig({
  root,
  base: '/app/',
  // Nothing here nor in Vant's components is written with the options API.
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  plugins: [
    vue(),
    vantWithoutIconFont(),
    qrWorkerAsFile(),
    firstRouteBudget(),
    offlineFiles(root),
    ...(server ? [] : [standInServer()]),
  ],
  server: {
    proxy: server ? Object.fromEntries(served.map((path) => [path, server])) : {},
  },
  build: {
    target: ['es2021', 'safari15', 'chrome87'],
    // Old hashed files stay; offline_files removes them after 90 days.
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: {
    environment: 'happy-dom',
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    server: { deps: { inline: ['vant'] } },
  },
})
