import type { Translation } from '../t'
import type zh from '../zh/badge'

export default {} satisfies Translation<typeof zh>
