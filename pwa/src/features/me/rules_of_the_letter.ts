// What 国办函〔2026〕12号 forbids in apps like this one, as reprints of it say, and what this app does instead.
// Long and rarely read, so it stands here in both languages and is fetched only with its screen.

export interface Ban {
  zh: string
  en: string
  instead_zh: string
  instead_en: string
}

export const BANS: readonly Ban[] = [
  {
    zh: '强制打卡签到',
    en: 'Compulsory check-ins',
    instead_zh: '“到了”只点一下，不点也能补录。没有定位的走访同样有效，不影响任何统计。',
    instead_en:
      '"Arrived" is one tap, and a late entry does as well. A visit without location counts in full.',
  },
  {
    zh: '积分排名',
    en: 'Points and rankings',
    instead_zh: '没有积分，没有排行榜，任何页面和导出都不按干部排名；系统接口有测试保证。',
    instead_en:
      'There are no points and no leaderboard; no page or export ranks cadres, and a test of all interfaces proves it.',
  },
  {
    zh: '统计在线时长',
    en: 'Counting time online',
    instead_zh:
      '不统计您打开几次、用了多久。每次走访只记从“到了”到“完成”的时间和点了几下；专班只看全体的中位数，用来减轻负担，看不到个人。',
    instead_en:
      'How often and how long you use the app is not counted. A visit keeps its time and number of taps from "arrived" to "done"; the task force sees the medians of all, to lighten the burden, never a person\'s.',
  },
  {
    zh: '强制上传无必要的照片、视频',
    en: 'Compulsory needless photos and videos',
    instead_zh: '照片一律选填，没有视频。不拍照，走访、诉求、日记都能提交。',
    instead_en: 'Photos are always optional and there is no video. Visits, requests and diaries go without.',
  },
  {
    zh: '强制上传行动轨迹',
    en: 'Compulsory tracks of movement',
    instead_zh:
      '一次走访最多定位一次，二十秒内结束；不在后台定位，不画轨迹，不显示实时位置。精确坐标九十天后只留到门牌。',
    instead_en:
      'At most one fix a visit, over within twenty seconds; nothing in the background, no track, no live position. After ninety days only the address remains.',
  },
  {
    zh: '不设意见反馈入口',
    en: 'No entry for feedback',
    instead_zh: '“我的”里有投诉建议，每条走访记录都可以说明和申诉，答复会回到消息里。',
    instead_en:
      'Feedback stands under "Me", every visit on record can be answered, and replies come to your messages.',
  },
]

/** What the product adds of its own accord. */
export const BEYOND: readonly Ban[] = [
  {
    zh: '重复填报',
    en: 'Typing things twice',
    instead_zh: '一次走访同时进入日记、台账、诉求、统计和周报，不用再填表。',
    instead_en: 'One visit feeds diary, ledger, request, statistics and weekly report.',
  },
  {
    zh: '停留时长报警',
    en: 'Alarms on how long somebody stays',
    instead_zh: '不考核停留多久，也不报警。连续多户间隔极短，只会增加抽查的机会，您在“我的记录”里也看得到。',
    instead_en:
      'How long you stay is not assessed and raises no alarm. Several doors within seconds only raise the odds of a call-back, and you see it too.',
  },
]
