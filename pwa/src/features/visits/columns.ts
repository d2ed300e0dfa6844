// How many choices stand in a row: Chinese words are short, English words and large type need more room.
import { computed } from 'vue'
import { locale } from '@/text/t'
import { typeSize } from '@/ui/look'

const roomy = computed(() => locale.value === 'zh' && typeSize.value === 'normal')

/** For words of two or three Chinese characters. */
export const outcomeColumns = computed<3 | 4>(() => (roomy.value ? 4 : 3))
/** For words of four or five. */
export const categoryColumns = computed<2 | 3>(() => (roomy.value ? 3 : 2))
