// A small made-up city for the stand-in server: one cadre, one team, a street of households and an enterprise.
import type { Session } from '@/api/session'
import type { City } from './fake_server'

const TEAM = 'team:0190f5a0-0000-7000-8000-000000000001'
const ME = '0190f5a0-0000-7000-8000-00000000a001'
const OTHER = '0190f5a0-0000-7000-8000-00000000a002'
const SURNAMES = '张王李赵刘陈杨黄周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹'

const id = (n: number): string => `0190f5a0-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

export function demo(): City {
  const rows: City['rows'] = [
    [
      'team',
      {
        id: id(1),
        scope: TEAM,
        name: '东昌路第三服务队',
        leader_name: '周海燕',
        area_name: '柳园街道',
        visit_day: 'friday',
        members_count: 4,
      },
    ],
    [
      'cadre',
      {
        id: ME,
        scope: TEAM,
        name: '李建国',
        unit_name: '市住建局',
        number: 'LC-0417',
        team_id: id(1),
        leader: false,
        location_off: false,
      },
    ],
    [
      'cadre',
      {
        id: OTHER,
        scope: TEAM,
        name: '王敏',
        unit_name: '市民政局',
        number: 'LC-0418',
        team_id: id(1),
        leader: false,
        location_off: false,
      },
    ],
  ]
  for (let n = 0; n < 37; n++) rows.push(['place', household(n)])
  rows.push([
    'place',
    {
      ...household(40),
      id: id(500),
      kind: 'enterprise',
      label: '恒源纺织有限公司',
      dwelling: 'enterprise',
      building: null,
    },
  ])
  const categories = [
    '物业管理',
    '停车秩序',
    '电动车充电',
    '路灯照明',
    '道路维修',
    '供水供暖',
    '噪声扰民',
    '社会保障',
    '教育入学',
  ]
  categories.forEach((name, n) => {
    rows.push(['category', { id: id(600 + n), scope: 'all', name, parent_id: null, order: n, pinyin: null }])
  })
  return { session: session(), scopes: [TEAM, `user:${ME}`, 'all'], rows }
}

function household(n: number): City['rows'][number][1] {
  const building = `${Math.floor(n / 10) + 1}号楼`
  return {
    id: id(100 + n),
    scope: TEAM,
    kind: 'household',
    label: `${SURNAMES[n % SURNAMES.length]}*${n % 3 ? '' : '华'}`,
    address: `柳园小区${building}${(n % 3) + 1}单元${Math.floor(n / 3) + 1}0${(n % 2) + 1}`,
    grid_name: '柳园第二网格',
    building,
    route_order: n,
    pinyin: null,
    lat: 36.4562 + n / 10_000,
    lon: 115.9851 + n / 10_000,
    point_confirmed: n % 2 === 0,
    dwelling: 'building',
    tags: n % 7 ? [] : ['独居老人'],
    note: n % 5 ? null : '有狗。',
    phone_tail: '1234',
    owner_cadre_id: n % 2 ? OTHER : ME,
  }
}

function session(): Session {
  return {
    account: { id: ME, name: '李建国', role: 'cadre', locale: 'zh-CN' },
    cadre: {
      id: ME,
      name: '李建国',
      unit_name: '市住建局',
      number: 'LC-0417',
      badge_secret: 'JBSWY3DPEHPK3PXP',
      photo: null,
      term: '2026年8月至2027年8月',
    },
    team: { id: id(1), name: '东昌路第三服务队' },
    client_id: null,
    scopes: [],
    programme: { code: 'liaocheng', name: '三遍访', location_check_in: true },
    server_time: Date.now(),
  }
}
