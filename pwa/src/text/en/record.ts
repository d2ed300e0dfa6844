import type { Translation } from '../t'
import type zh from '../zh/record'

export default {} satisfies Translation<typeof zh>
