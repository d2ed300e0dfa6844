// Fails the build when what a cadre's phone must fetch before it shows "today" outgrows its budget.
import { gzipSync } from 'node:zlib'
import type { Plugin, Rolldown } from 'vite'

const BUDGET_BYTES = 130_000
const FIRST_SCREEN = /\/features\/today\/TodayPage\.vue$/

/** Counts scripts and styles, compressed, of the entry and the first screen with all they import. */
export function firstRouteBudget(): Plugin {
  return {
    name: 'first-route-budget',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const needed = new Set<string>()
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue
        if (chunk.isEntry || FIRST_SCREEN.test(chunk.facadeModuleId ?? ''))
          collect(bundle, chunk.fileName, needed)
      }
      const bytes = [...needed].reduce((sum, file) => sum + compressed(bundle[file]), 0)
      const words = `first route: ${Math.round(bytes / 1000)} kB of ${BUDGET_BYTES / 1000} kB (gz)`
      if (bytes > BUDGET_BYTES) this.error(words)
      this.info(words)
    },
  }
}

function collect(bundle: Rolldown.OutputBundle, file: string, found: Set<string>): void {
  const chunk = bundle[file]
  if (!chunk || found.has(file)) return
  found.add(file)
  if (chunk.type !== 'chunk') return
  for (const next of [...chunk.imports, ...(chunk.viteMetadata?.importedCss ?? [])])
    collect(bundle, next, found)
}

function compressed(output: Rolldown.OutputAsset | Rolldown.OutputChunk | undefined): number {
  if (!output) return 0
  return gzipSync(output.type === 'chunk' ? output.code : output.source, { level: 9 }).length
}
