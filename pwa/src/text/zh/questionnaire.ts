export default {
  title: '问卷',
  one: '填写问卷',
  summary: '{questions} 题，今天已填 {today} 份',
  count: '这一轮已填 {n} 份',
  several: '{question}（可多选）',
  save: '保存，下一份',
  saved: '已保存，第 {n} 份',
  enough: '填完了',
  none: '现在没有问卷',
  noneNote: '有新的问卷时会自动出现。',
  gone: '这份问卷已经收回',
} as const
