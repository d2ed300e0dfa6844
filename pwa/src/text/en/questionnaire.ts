import type { Translation } from '../t'
import type zh from '../zh/questionnaire'

export default {} satisfies Translation<typeof zh>
