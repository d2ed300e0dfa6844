// Finishes dist: builds the service worker with its list of files, names the version, compresses everything.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build, type Plugin, type Rolldown } from 'vite'

interface PrecacheEntry {
  url: string
  revision: string | null
}

const COMPRESSIBLE = /\.(html|js|css|svg|json|webmanifest)$/
/** Phones that were offline still ask for the files of the version they have. */
const KEEP_OLD_MS = 90 * 86_400_000
/** Only used by leaders at a desk: a cadre's phone does not download these ahead of time. */
const DESK_ONLY =
  /\/features\/(board|checks|codes|dead_letters|imports|ledger|map|own_account|parked|people|requests_admin|said|selfcheck)\//

/** Runs after the app is written to `outDir`; the root is the folder of index.html. */
export function offlineFiles(root: string): Plugin {
  const wanted = new Set<string>()
  return {
    name: 'offline-files',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const file of filesForPhones(bundle)) wanted.add(file)
    },
    writeBundle: {
      sequential: true,
      order: 'post',
      async handler(options, bundle) {
        const dist = options.dir ?? join(root, 'dist')
        forgetOldFiles(dist, new Set(Object.keys(bundle)))
        const files = filesIn(dist).filter((file) => wanted.has(file) || isOwnFile(file))
        const entries = files.map((file) => precacheEntry(dist, file))
        await buildServiceWorker(root, dist, entries)
        const version = digest(JSON.stringify(entries))
        writeFileSync(join(dist, 'version.json'), `${JSON.stringify({ version })}\n`)
        compress(dist)
      },
    },
  }
}

/** Walks the chunks from the entry and leaves out those that only a desk opens. */
function filesForPhones(bundle: Rolldown.OutputBundle): Set<string> {
  const seen = new Set<string>()
  const visit = (name: string): void => {
    const chunk = bundle[name]
    if (!chunk || seen.has(name)) return
    seen.add(name)
    if (chunk.type !== 'chunk') return
    const styles = chunk.viteMetadata?.importedCss ?? []
    const pictures = chunk.viteMetadata?.importedAssets ?? []
    for (const file of [...chunk.imports, ...styles, ...pictures]) visit(file)
    for (const lazy of chunk.dynamicImports) {
      const target = bundle[lazy]
      const facade = target?.type === 'chunk' ? (target.facadeModuleId ?? '') : ''
      if (!DESK_ONLY.test(facade)) visit(lazy)
    }
  }
  for (const chunk of Object.values(bundle)) {
    if (chunk.type === 'chunk' && chunk.isEntry) visit(chunk.fileName)
    if (chunk.type === 'asset' && !/\.(js|css)$/.test(chunk.fileName) && !isOfDesk(chunk))
      visit(chunk.fileName)
  }
  return seen
}

/** Pictures of the map belong to it alone. */
function isOfDesk(asset: Rolldown.OutputAsset): boolean {
  return asset.originalFileNames.some((name) => name.includes('/leaflet/'))
}

function forgetOldFiles(dist: string, current: ReadonlySet<string>): void {
  for (const file of filesIn(dist).filter((name) => name.startsWith('assets/'))) {
    const path = join(dist, file)
    const in_use = current.has(file.replace(/\.(br|gz)$/, ''))
    if (!in_use && Date.now() - statSync(path).mtimeMs > KEEP_OLD_MS) rmSync(path)
  }
}

/** Files outside assets/ that the build made or copied; not what an earlier build added to them. */
function isOwnFile(file: string): boolean {
  return !file.startsWith('assets/') && !/^(sw\.js|version\.json)|\.(br|gz)$/.test(file)
}

function filesIn(folder: string, base = folder): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory() ? filesIn(path, base) : [relative(base, path).split(sep).join('/')]
    })
}

function digest(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}

/** Hashed names need no revision: their name already is one. */
function precacheEntry(dist: string, file: string): PrecacheEntry {
  const hashed = file.startsWith('assets/')
  return { url: `/app/${file}`, revision: hashed ? null : digest(readFileSync(join(dist, file))) }
}

async function buildServiceWorker(root: string, dist: string, entries: PrecacheEntry[]): Promise<void> {
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    define: {
      __PRECACHE__: JSON.stringify(entries),
      'process.env.NODE_ENV': '"production"',
    },
    resolve: { alias: { '@': join(root, 'src') } },
    build: {
      outDir: dist,
      emptyOutDir: false,
      rolldownOptions: {
        input: join(root, 'src/sw.ts'),
        output: { format: 'iife', entryFileNames: 'sw.js' },
      },
    },
  })
}

function compress(dist: string): void {
  for (const file of filesIn(dist).filter((name) => COMPRESSIBLE.test(name))) {
    const content = readFileSync(join(dist, file))
    const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
    writeFileSync(join(dist, `${file}.br`), brotliCompressSync(content, brotli))
    writeFileSync(join(dist, `${file}.gz`), gzipSync(content, { level: 9 }))
  }
}
