export default {
  title: '政策一问一答',
  search: '搜索政策问答',
  searchHint: '例如：低保、医保 报销',
  category: '类别',
  allCategories: '全部类别',
  found: '{n} 条问答',
  none: '没有找到',
  noneNote: '换个说法试试，或者少写几个字。',
  more: '再看 {n} 条',
  empty: '问答还没有下载',
  emptyNote: '联网一次后，没有网络也能查。',
} as const
