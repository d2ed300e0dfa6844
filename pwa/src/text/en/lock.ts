import type { Translation } from '../t'
import type zh from '../zh/lock'

export default {} satisfies Translation<typeof zh>
