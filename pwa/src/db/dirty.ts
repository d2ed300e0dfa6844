// Forms with work that is not yet in the outbox, and what stands in them; as long as there is one, nothing reloads the page.
import { reactive } from 'vue'

/** By the key of the form's draft: reads what stands in it now, as plain data. */
export const dirtyForms: Map<string, () => unknown> = reactive(new Map<string, () => unknown>())
