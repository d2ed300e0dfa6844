// A lost or stolen phone: the server's explicit word wipes what this account keeps here.
import { database } from '@/db/database'

/** Deletes the database of the current account. Only the header `X-Doorstep-Wipe: 1` leads here [S4]. */
export async function wipePhone(): Promise<void> {
  await database().delete()
}
