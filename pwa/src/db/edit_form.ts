// A form over a record that others may change meanwhile: it remembers what the person saw, and only what they changed is written.
import type { Json } from '@/wire'
import { Edited } from './records'

/** Plain data for `useDraft`: a draft that comes back next week still knows what it was written over. */
export interface EditForm<T extends object> {
  /** The record's own values when the form was opened. */
  stored: Record<string, Json>
  /** What the fields showed then: an empty field stands for "nothing stored". */
  shown: T
  now: T
}

/** A form over `record` (`null` for one that is not there yet) whose fields begin as `fields`. */
export function editForm<T extends object>(record: object | null, fields: T): EditForm<T> {
  const values = (record ?? {}) as Record<string, Json | undefined>
  const stored = Object.fromEntries(Object.keys(fields).map((name) => [name, values[name] ?? null]))
  return copy({ stored, shown: fields, now: fields })
}

/** For `patch`: each field that was touched, with the value it was written over; an emptied field is `null`. */
export function editsIn<T extends object>({ stored, shown, now }: EditForm<T>): { [F in keyof T]?: Edited } {
  const edits: { [F in keyof T]?: Edited } = {}
  for (const name of Object.keys(now) as (keyof T & string)[]) {
    if (JSON.stringify(shown[name]) === JSON.stringify(now[name])) continue
    const value = now[name]
    const empty = typeof value === 'string' && value.trim() === ''
    edits[name] = new Edited(stored[name], empty ? null : value)
  }
  return edits
}

function copy<T>(data: T): T {
  return JSON.parse(JSON.stringify(data)) as T
}
