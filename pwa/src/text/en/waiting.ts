import type { Translation } from '../t'
import type zh from '../zh/waiting'

export default {} satisfies Translation<typeof zh>
