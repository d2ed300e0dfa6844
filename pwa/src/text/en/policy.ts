import type { Translation } from '../t'
import type zh from '../zh/policy'

export default {
  title: 'Policy Q&A',
  search: 'Search the policy Q&A',
  searchHint: 'e.g. 低保, 医保 报销',
  category: 'Category',
  allCategories: 'All categories',
  found: '{n} {n|question|questions}',
  none: 'Nothing found',
  noneNote: 'Try other words, or fewer.',
  more: 'Show {n} more',
  empty: 'Not downloaded yet',
  emptyNote: 'After one connection it works without network.',
} satisfies Translation<typeof zh>
