export default {
  title: '工作证',
  number: '证号',
  term: '有效期',
  howTo: '请群众扫码或打 12345 核验，再对照这六个数字',
  noSecret: '本机还没有核验码。请让负责人发新的登记码，重新登记本机。',
  none: '当前账号没有工作证。',
  works: '数字每 30 秒变一次，没有网络也有效。',
  photoOf: '{name}的照片',
  qrAlt: '核验来访人员的二维码',
  qrNote: '扫码核验来访人员',
} as const
