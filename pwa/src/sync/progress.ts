// What the sync client of this tab is doing now.
import { ref, shallowRef } from 'vue'
import type { Ended } from './round'

export const syncing = ref(false)
/** Uuids of the mutations that are on their way at this moment. */
export const inFlight = shallowRef<ReadonlySet<string>>(new Set())
/** The server asks for a newer app [M6]; work is delivered all the same. */
export const outdated = ref(false)
/** How the last sync ended; `null` before the first. */
export const lastEnd = shallowRef<Ended | null>(null)
