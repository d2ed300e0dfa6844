// Files that are asked for with a reason: a POST cannot be a link, so the answer is saved from memory.
import { bodyOf } from '@/api/online'
import type { Json } from '@/wire'

/** Saves the file that a POST answers. Throws ReadableError with the server's words. */
export async function downloadBy(path: string, json: Record<string, Json | undefined>): Promise<void> {
  const reply = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Doorstep': '1' },
    body: JSON.stringify(json),
    credentials: 'same-origin',
  }).catch(() => null)
  if (reply === null) bodyOf({ kind: 'offline' })
  else if (reply.ok) save(await reply.blob(), nameIn(reply.headers.get('Content-Disposition')))
  else {
    const body = (await reply.json().catch(() => ({}))) as Record<string, string | undefined>
    bodyOf({
      kind: 'refused',
      status: reply.status,
      code: body.error ?? '',
      zh: body.zh,
      en: body.en,
      body: {},
    })
  }
}

/** The name that the server gives a file: RFC 5987 first, as names are Chinese. */
export function nameIn(disposition: string | null): string {
  const star = /filename\*=UTF-8''([^;]+)/i.exec(disposition ?? '')?.[1]
  if (star) return decodeURIComponent(star)
  return /filename="?([^";]+)"?/i.exec(disposition ?? '')?.[1] ?? 'export'
}

function save(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
