// A form over a record that others may change meanwhile: it remembers what the person saw, and only what they changed is written.
import { Edited } from './records'

/** Plain data for `useDraft`: a draft that comes back next week still knows what it was written over. */
export interface EditForm<T extends object> {
  seen: T
  now: T
}

/** A form filled with what is stored. */
export function editForm<T extends object>(stored: T): EditForm<T> {
  return { seen: JSON.parse(JSON.stringify(stored)) as T, now: JSON.parse(JSON.stringify(stored)) as T }
}

/** For `patch`: every field with what was seen and what it is now; a field nobody touched makes no change. */
export function editsIn<T extends object>({ seen, now }: EditForm<T>): { [F in keyof T]: Edited } {
  const fields = Object.keys(now) as (keyof T)[]
  return Object.fromEntries(fields.map((field) => [field, new Edited(seen[field], now[field])])) as {
    [F in keyof T]: Edited
  }
}
