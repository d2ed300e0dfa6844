import type { Translation } from '../t'
import type zh from '../zh/diary'

export default {} satisfies Translation<typeof zh>
