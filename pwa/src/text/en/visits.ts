import type { Translation } from '../t'
import type zh from '../zh/visits'

export default {} satisfies Translation<typeof zh>
