// qr-scanner starts its worker from a blob, which our CSP forbids (worker-src 'self'): here the worker becomes a file.
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import type { Plugin } from 'vite'

const MODULE = /qr-scanner-worker\.min\.js$/
const SOURCE = /new Blob\(\[(`[\s\S]*`)\]/

export function qrWorkerAsFile(): Plugin {
  return {
    name: 'qr-worker-as-file',
    apply: 'build',
    load(id) {
      if (!MODULE.test(id)) return null
      const literal = SOURCE.exec(readFileSync(id, 'utf8'))?.[1]
      if (!literal) this.error('qr-scanner changed: its worker was not found')
      const source = runInNewContext(literal) as string
      const file = this.emitFile({ type: 'asset', name: 'qr-worker.js', source })
      return `export const createWorker = () => new Worker(import.meta.ROLLUP_FILE_URL_${file})`
    },
  }
}
