import type { Translation } from '../t'
import type zh from '../zh/requests'

export default {} satisfies Translation<typeof zh>
