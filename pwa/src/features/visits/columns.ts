// How many choices stand in a row: Chinese words are short, large type and English words need more room.
import { computed } from 'vue'
import { locale } from '@/text/t'
import { typeSize } from '@/ui/look'

const roomy = computed(() => locale.value === 'zh' && typeSize.value === 'normal')

/** For words of two or three Chinese characters. */
export const outcomeColumns = computed<2 | 3 | 4>(() => (roomy.value ? 4 : locale.value === 'zh' ? 3 : 2))
/** For words of four or five. */
export const categoryColumns = computed<2 | 3>(() => (roomy.value ? 3 : 2))
