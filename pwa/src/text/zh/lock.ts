export default {
  title: '已锁定',
  enter: '请输入 PIN',
  digits: '已输入 {n} 位',
  remove: '删除一位',
  wrong: 'PIN 不对，请重试',
  wait: '请等 {n} 秒后再试',
  forgot: '忘记 PIN？用新的登记码重新登录，记录不会丢',
  signOutTitle: '退出登录？',
  signOutHeld: '本机还有 {n} 条记录未送达。退出后它们仍保存在本机，您下次登录后会继续送达。',
  signOutClean: '记录都已送达。退出后需要新的登记码才能再次进入。',
  signOut: '退出登录',
  signOutStay: '先不退出',
} as const
