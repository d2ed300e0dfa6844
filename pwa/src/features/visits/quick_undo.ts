// The last quick act on a visit and how to take it back, kept here because its bar outlives the screen it was made on.
import { shallowRef } from 'vue'

/** How long an act can be undone. */
export const UNDO_SECONDS = 8

export interface QuickAct {
  message: string
  /** Puts the fields back; resolves after the commit. */
  undo(): Promise<unknown>
  /** Where the person continues after undoing. */
  back_to: string
  /** When it was done (ms). */
  at: number
}

export const lastAct = shallowRef<QuickAct | null>(null)

/** Whole seconds left to undo; 0 when the time is over. */
export function secondsLeft(act: QuickAct, now_ms: number): number {
  return Math.max(0, Math.ceil(UNDO_SECONDS - (now_ms - act.at) / 1000))
}
