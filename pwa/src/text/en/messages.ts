import type { Translation } from '../t'
import type zh from '../zh/messages'

export default {
  title: 'Messages',
  readAll: 'All read',
  unread: 'Unread: ',
  none: 'No messages',
  noneNote: 'Answers, dates and what needs you appear here.',
} satisfies Translation<typeof zh>
