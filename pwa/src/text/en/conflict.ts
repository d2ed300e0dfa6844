import type { Translation } from '../t'
import type zh from '../zh/conflict'

export default {} satisfies Translation<typeof zh>
