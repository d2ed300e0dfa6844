// Forms with work that is not yet in the outbox; as long as there is one, nothing reloads the page.
import { reactive } from 'vue'

export const dirtyForms: Set<string> = reactive(new Set<string>())
