// What a badge needs at a door without network: the drawing of its QR code and the photo, fetched once and kept by this phone.

const STORE = 'doorstep-badge'

export function qrPath(code: string): string {
  return `/api/place-codes/${encodeURIComponent(code)}/qr.svg`
}

/** The picture at a path of our server, `null` when this phone has not got it yet and cannot fetch it now. */
export async function keptPicture(path: string): Promise<Blob | null> {
  const store = await open()
  const kept = await store?.match(path)
  if (kept) return kept.blob()
  const reply = await fetch(path, { headers: { 'X-Doorstep': '1' } }).catch(() => null)
  // A captive portal's page is no picture.
  if (!reply?.ok || !reply.headers.get('Content-Type')?.startsWith('image/')) return null
  // A full phone shows the picture all the same, this once.
  await store?.put(path, reply.clone()).catch(() => undefined)
  return reply.blob().catch(() => null)
}

/** Whoever signs out takes the badge along. */
export async function forgetPictures(): Promise<void> {
  if ('caches' in window) await caches.delete(STORE).catch(() => false)
}

/** `null` where the browser has no such store, as on an address without HTTPS. */
async function open(): Promise<Cache | null> {
  return 'caches' in window ? caches.open(STORE).catch(() => null) : null
}
