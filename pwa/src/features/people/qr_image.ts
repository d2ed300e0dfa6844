// QR images made by the server: by POST, because an enrolment code must not stand in an access log.
import { ReadableError } from '@/errors'

/** An object URL of the image of an address of ours; revoke it when done. Throws ReadableError. */
export async function qrImage(text: string): Promise<string> {
  const reply = await fetch('/api/qr', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Doorstep': '1' },
    body: JSON.stringify({ text }),
    credentials: 'same-origin',
  }).catch(() => null)
  if (!reply?.ok) {
    throw new ReadableError(
      'no_qr',
      '二维码没有生成，请用下面的登记码。',
      'The QR code could not be made; use the code below.',
    )
  }
  return URL.createObjectURL(await reply.blob())
}
