// How many outcomes stand in a row: Chinese words are short enough for four, English and large type need three.
import { computed } from 'vue'
import { locale } from '@/text/t'
import { typeSize } from '@/ui/look'

export const outcomeColumns = computed<3 | 4>(() => (locale.value === 'zh' && typeSize.value === 'normal' ? 4 : 3))
