export default {
  fixOff: '定位已关闭，走访照常有效',
  fixPending: '正在定位，可以继续操作',
  fixGood: '定位好了，误差约 {n} 米',
  fixRough: '只有粗略位置，误差约 {n} 米',
  fixDenied: '未允许定位，走访照常有效',
  fixTimeout: '没有定到位置，走访照常有效',
  fixUnavailable: '手机暂时无法定位，走访照常有效',
  storagePersisted: '本机记录已受保护，不会被系统自动清理',
  storageTemporary: '本机记录可能被系统清理，请尽早联网送达',
  storageUsed: '已用 {used}，可用约 {free}',
  storageLow: '手机空间不多了，请清理后再拍照',
  installHint:
    '请把本应用添加到主屏幕：点底部"分享"，再点"添加到主屏幕"。否则七天不用，系统可能清掉本机记录。',
} as const
