// Keeps the screen on while somebody compares the digits; phones without a wake lock simply dim as ever.

/** Returns how to let the phone sleep again. A lock is lost in the background and taken anew in front. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null
  let ended = false
  const take = async (): Promise<void> => {
    if (ended || document.visibilityState !== 'visible') return
    lock = (await navigator.wakeLock?.request('screen').catch(() => null)) ?? null
    if (ended) void lock?.release().catch(() => undefined)
  }
  const again = (): void => void take()
  document.addEventListener('visibilitychange', again)
  again()
  return () => {
    ended = true
    document.removeEventListener('visibilitychange', again)
    void lock?.release().catch(() => undefined)
  }
}
