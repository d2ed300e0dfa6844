import type { Translation } from '../t'
import type zh from '../zh/policy'

export default {} satisfies Translation<typeof zh>
