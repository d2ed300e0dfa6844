// A team's round for the tests of the cadre's screens: doors with and without wishes, colleagues, a library.
import type { Session } from '@/api/session'
import type { Row } from '../fake_server'

export const TEAM_SCOPE = 'team:t1'
export const LI = 'cadre-li'
export const WANG = 'cadre-wang'

/** Li's session on his own phone. */
export function sessionOfLi(programme: Record<string, unknown> = {}): Session {
  return {
    account: { id: LI, name: '李建国', role: 'cadre', locale: 'zh-CN' },
    cadre: {
      id: LI,
      name: '李建国',
      unit_name: '市住建局',
      number: 'LC-0417',
      badge_secret: 'JBSWY3DPEHPK3PXP',
      photo: null,
      term: '2026-08-01至2027-07-31',
    },
    team: { id: 't1', name: '东昌路第三服务队' },
    client_id: 'client-li',
    scopes: [TEAM_SCOPE, `user:${LI}`, 'all'],
    programme: programme as Session['programme'],
    server_time: 0,
  }
}

/** A household on the round; `n` sets its place on the route. */
export function household(n: number, more: Partial<Row> = {}): Partial<Row> & { id: string; scope: string } {
  const building = `柳园小区${Math.floor(n / 6) + 1}号楼`
  return {
    id: `door-${n}`,
    scope: TEAM_SCOPE,
    kind: 'household',
    label: `张${n}*`,
    address: `柳园街道柳园社区${building}${(n % 3) + 1}单元${(n % 6) + 1}01`,
    building,
    grid_id: 'grid-1',
    grid_name: '柳园第一网格',
    route_order: n,
    pinyin: `z${n} lyjdlysq`,
    lat: 36.456,
    lon: 115.985,
    point_confirmed: true,
    dwelling: 'building',
    tags: [],
    refusals: 0,
    ...more,
  }
}
