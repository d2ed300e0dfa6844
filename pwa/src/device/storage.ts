// Whether this phone will keep what it holds: protection from clean-up, space left, and the iPhone that must be installed first.

const MB = 1_048_576
/** Below this a day of photos no longer fits. */
const LOW_MB = 60

export interface StorageState {
  /** The system will not clear our records by itself; `null` where it cannot be asked. */
  persisted: boolean | null
  used_mb: number | null
  free_mb: number | null
  low: boolean
}

/** Asks the system never to clear our records by itself; it may say no, or not know the question. */
export async function askToKeep(): Promise<boolean> {
  const storage = navigator.storage
  if (!storage?.persist) return false
  return (await storage.persisted().catch(() => false)) || storage.persist().catch(() => false)
}

export async function storageState(): Promise<StorageState> {
  const persisted = (await navigator.storage?.persisted?.().catch(() => null)) ?? null
  const { usage, quota } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {}
  const free_mb = usage === undefined || quota === undefined ? null : Math.floor((quota - usage) / MB)
  return {
    persisted,
    used_mb: usage === undefined ? null : Math.round((usage / MB) * 10) / 10,
    free_mb,
    low: free_mb !== null && free_mb < LOW_MB,
  }
}

/** Safari clears sites unused for seven days unless they were added to the home screen, which has a storage of its own. */
export function mustInstallFirst(
  agent: string = navigator.userAgent,
  touches: number = navigator.maxTouchPoints,
): boolean {
  // An iPad says that it is a Mac, but Macs have no touch screen.
  const apple = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touches > 1)
  const installed =
    window.matchMedia('(display-mode: standalone)').matches ||
    ('standalone' in navigator && navigator.standalone === true)
  return apple && !installed
}
