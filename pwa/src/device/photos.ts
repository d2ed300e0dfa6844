// Photos: shrunk, stripped of their metadata, named by their hash and stored before any record mentions them.
import { database, durable } from '@/db/database'
import { ReadableError } from '@/errors'

const LONG_SIDE_PX = 1600
const SMALLER_SIDE_PX = 1100
const WANTED_BYTES = 300_000
const QUALITIES = [0.82, 0.7, 0.58]
/** A file beyond this is no photo of a phone. */
const MAX_FILE_BYTES = 40_000_000

export interface ShrunkPhoto {
  bytes: ArrayBuffer
  type: 'image/jpeg'
}

/** Shrinks, stores and names a picture; returns its SHA-256. Throws ReadableError: not a picture, or the phone is full. */
export async function keepPhoto(file: Blob): Promise<string> {
  const photo = await shrink(file)
  const sha256 = await sha256Of(photo.bytes)
  await durable(async (db) => {
    await db.transaction('rw', db.attachments, async () => {
      if (await db.attachments.get(sha256)) return
      await db.attachments.add({ sha256, ...photo, created_at: Date.now(), state: 'draft' })
    })
  })
  return sha256
}

/** Takes back a photo that no record mentions yet; one that is in a record stays. */
export async function dropDraftPhoto(sha256: string): Promise<void> {
  await durable((db) =>
    db.attachments
      .where({ sha256 })
      .and((row) => row.state === 'draft')
      .delete(),
  )
}

/** Where an `<img>` finds a photo: on this phone if it is still here, else on the server. Revoke `blob:` addresses after use. */
export async function photoAddress(sha256: string): Promise<string> {
  const row = await database().attachments.get(sha256)
  return row ? URL.createObjectURL(new Blob([row.bytes], { type: row.type })) : `/attachments/${sha256}`
}

/** JPEG with a long side of at most 1600 px and, where quality allows, at most 300 kB; redrawing drops EXIF. */
export async function shrink(file: Blob): Promise<ShrunkPhoto> {
  if (file.size > MAX_FILE_BYTES || (file.type !== '' && !file.type.startsWith('image/'))) throw notAPhoto()
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch((cause) => {
    throw notAPhoto(cause)
  })
  try {
    for (const side of [LONG_SIDE_PX, SMALLER_SIDE_PX]) {
      for (const quality of QUALITIES) {
        const jpeg = await draw(picture, side, quality)
        const last = side === SMALLER_SIDE_PX && quality === QUALITIES.at(-1)
        if (jpeg.size <= WANTED_BYTES || last) return { bytes: await jpeg.arrayBuffer(), type: 'image/jpeg' }
      }
    }
  } finally {
    picture.close()
  }
  throw notAPhoto()
}

async function draw(picture: ImageBitmap, long_side: number, quality: number): Promise<Blob> {
  const scale = Math.min(1, long_side / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(picture.width * scale))
  canvas.height = Math.max(1, Math.round(picture.height * scale))
  const context = canvas.getContext('2d')
  if (!context) throw notAPhoto()
  // JPEG has no transparency; without this it would turn black.
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(notAPhoto())), 'image/jpeg', quality)
  })
}

/** 64 hexadecimal digits. */
export async function sha256Of(bytes: BufferSource): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function notAPhoto(cause?: unknown): ReadableError {
  return new ReadableError(
    'not_a_photo',
    '这个文件不是可用的照片，请换一张。',
    'This file is not a photo that can be used; please choose another one.',
    { cause },
  )
}
