// Categories of requests: the recent ones first, the others by group.
import { inLocale } from '@/programme'
import type { Category, ServiceRequest } from '@/wire'

/** As many recent ones as fit two rows of buttons. */
export const RECENT = 6

/** Stands in the form for "I cannot say": the request goes without a category, and a person of the task force decides. */
export const UNSURE = 'unsure'

/** The ids used last on this phone's team, newest first, each once; filled up with the first of the list. */
export function recentFirst(
  categories: readonly Category[],
  used: readonly Pick<ServiceRequest, 'id' | 'category'>[],
): Category[] {
  const leaves = leavesOf(categories)
  const byId = new Map(leaves.map((one) => [one.id, one]))
  // Ids are UUIDv7: their order is the order in which they were made.
  const newest = [...used].sort((one, other) => (one.id < other.id ? 1 : -1))
  const recent = newest.map((one) => byId.get(one.category ?? '')).filter((one) => one !== undefined)
  return [...new Set([...recent, ...leaves])].slice(0, RECENT)
}

/** Categories that a request can have: those without any below them, in their order. */
export function leavesOf(categories: readonly Category[]): Category[] {
  const parents = new Set(categories.map((one) => one.parent_id))
  return categories.filter((one) => !parents.has(one.id)).sort(byOrder)
}

/** A category's name in the language of the screen; the Chinese one where a server from before has no other. */
export function nameOf({ name, name_en }: Pick<Category, 'name' | 'name_en'>): string {
  const zh = name ?? ''
  return inLocale({ zh, en: name_en || zh })
}

/** Options of a native select, with the group's name before each. */
export function groupedOptions(
  categories: readonly Category[],
): { value: string; label: string; group?: string }[] {
  const names = new Map(categories.map((one) => [one.id, nameOf(one)]))
  return leavesOf(categories).map((one) => ({
    value: one.id,
    label: nameOf(one),
    group: one.parent_id ? names.get(one.parent_id) : undefined,
  }))
}

function byOrder(one: Category, other: Category): number {
  return (one.order ?? 0) - (other.order ?? 0)
}
