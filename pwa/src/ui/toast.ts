// One short word at the foot of the screen, read out politely: "已保存".
import { readonly, ref } from 'vue'

const SHOWN_MS = 2600
const current = ref<string | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined

export const toastText = readonly(current)

/** Shows `text`; a later toast replaces an earlier one. Not for errors: those stay, as an ErrorNote. */
export function toast(text: string): void {
  current.value = text
  clearTimeout(timer)
  timer = setTimeout(() => {
    current.value = null
  }, SHOWN_MS)
}
