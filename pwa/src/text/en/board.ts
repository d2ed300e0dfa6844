import type { Translation } from '../t'
import type zh from '../zh/board'

export default {} satisfies Translation<typeof zh>
