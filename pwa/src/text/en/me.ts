import type { Translation } from '../t'
import type zh from '../zh/me'

export default {} satisfies Translation<typeof zh>
