export default {
  title: '消息',
  readAll: '全部已读',
  unread: '未读：',
  none: '没有消息',
  noneNote: '诉求有了答复、快到期限、需要您处理时，会出现在这里。',
} as const
