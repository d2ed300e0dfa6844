import type { Translation } from '../t'
import type zh from '../zh/enrol'

export default {} satisfies Translation<typeof zh>
