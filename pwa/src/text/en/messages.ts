import type { Translation } from '../t'
import type zh from '../zh/messages'

export default {} satisfies Translation<typeof zh>
