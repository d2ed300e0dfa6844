// What a phone holds, as a file for the day on which it cannot deliver it itself [L11]; and that file read again.
import { session } from '@/api/session'
import { database, durable } from '@/db/database'
import { dirtyForms } from '@/db/dirty'
import type { AttachmentRow, DraftRow, OutboxRow } from '@/db/schema'
import { ReadableError } from '@/errors'
import type { Numbered } from './push'

const FORMAT = 'doorstep-outbox-1'
/** Far more than a phone holds; whatever is longer is some other file. */
const MOST_BYTES = 300 * 1024 * 1024

export interface OutboxFile {
  account_id: string
  /** The id that stands in the owner's records, and the name that people know. */
  person_id: string
  name: string
  exported_at: number
  rows: Numbered[]
  drafts: DraftRow[]
  photos: AttachmentRow[]
}

/** Everything that is not yet certain to be on the server. */
export async function exportFile(): Promise<File> {
  const db = database()
  const [outbox, results, kept, drafts, photos] = await Promise.all([
    db.outbox.orderBy('order').toArray(),
    db.results.where({ outcome: 'parked' }).primaryKeys(),
    db.kept.toArray(),
    db.drafts.toArray(),
    db.attachments.toArray(),
  ])
  const parked = new Set(results)
  return fileOf({
    outbox: outbox.map(asWritten),
    parked: kept.filter((row) => parked.has(row.uuid)).map(asWritten),
    drafts,
    attachments: photos.map((row) => ({ ...row, bytes: base64(row.bytes) })),
  })
}

/** What stands in forms and could not be stored, for a phone whose storage is down or full. Its owner hands it in like any other file. */
export function exportForms(): File {
  const drafts = [...dirtyForms].map(([key, content]) => ({ key, value: content(), saved_at: Date.now() }))
  return fileOf({ outbox: [], parked: [], drafts, attachments: [] })
}

function fileOf(content: Pick<Written, 'outbox' | 'parked' | 'drafts' | 'attachments'>): File {
  const who = session.value
  const head = {
    format: FORMAT,
    account_id: who?.account.id ?? null,
    person_id: who?.cadre?.id ?? who?.account.id ?? null,
    name: who?.account.name ?? null,
    exported_at: Date.now(),
  }
  const text = JSON.stringify({ ...head, ...content })
  return new File([text], `doorstep-${Date.now()}.json`, { type: 'application/json' })
}

/** A file that was exported here. Throws ReadableError for every other one. */
export async function readOutboxFile(file: File): Promise<OutboxFile> {
  try {
    if (file.size > MOST_BYTES) throw new Error('too long')
    return read(JSON.parse(await file.text()) as Written)
  } catch (error) {
    throw new ReadableError(
      'not_outbox_file',
      '这不是从本应用导出的记录文件，或者文件不完整。请重新选择 doorstep- 开头的 .json 文件。',
      'This is not a file of records exported from this app, or it is not whole. Choose the .json file that begins with doorstep-.',
      { cause: error },
    )
  }
}

/** Drafts go back to their owner's phone, where nothing newer stands; so do their photos. How many did. */
export async function takeDrafts({ drafts, photos }: OutboxFile): Promise<number> {
  return durable((db) =>
    db.transaction('rw', db.drafts, db.attachments, async () => {
      const there = new Map((await db.drafts.toArray()).map((row) => [row.key, row.saved_at]))
      const newer = drafts.filter((row) => (there.get(row.key) ?? 0) < row.saved_at)
      await db.drafts.bulkPut(newer)
      const held = new Set(await db.attachments.toCollection().primaryKeys())
      await db.attachments.bulkAdd(photos.filter((row) => row.state === 'draft' && !held.has(row.sha256)))
      return newer.length
    }),
  )
}

type WrittenRow = OutboxRow['mutation'] & { mid: number; client_id: string }
type WrittenPhoto = Omit<AttachmentRow, 'bytes'> & { bytes: string }
interface Written extends Omit<OutboxFile, 'rows' | 'photos'> {
  format: string
  outbox: WrittenRow[]
  parked: WrittenRow[]
  attachments: WrittenPhoto[]
}

function asWritten({ mid, client_id, mutation }: OutboxRow): WrittenRow {
  return { mid, client_id, ...mutation }
}

function read(written: Written): OutboxFile {
  const { format, account_id, person_id, name, exported_at, outbox, drafts, attachments } = written
  const words = [account_id, person_id, name].every((one) => typeof one === 'string')
  if (format !== FORMAT || !words || !Number.isSafeInteger(exported_at)) throw new Error('not ours')
  return {
    account_id,
    person_id,
    name,
    exported_at,
    rows: outbox.map(numbered),
    drafts: drafts.filter((row) => typeof row.key === 'string' && Number.isSafeInteger(row.saved_at)),
    photos: attachments.map((row) => ({ ...row, bytes: bytesOf(row.bytes) })),
  }
}

function numbered({ mid, client_id, ...mutation }: WrittenRow): Numbered {
  const whole =
    Number.isSafeInteger(mid) && typeof client_id === 'string' && typeof mutation.uuid === 'string'
  if (!whole) throw new Error('no number')
  return { mid, client_id, mutation }
}

function base64(bytes: ArrayBuffer): string {
  let text = ''
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte)
  return btoa(text)
}

function bytesOf(text: string): ArrayBuffer {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer
}
