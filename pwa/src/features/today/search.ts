// Finding a door by what somebody types with one hand: part of a name or address, pinyin initials, "3-2-501".
import { simplified } from './simplified'

interface Searchable {
  label: string | null
  address: string | null
  building: string | null
  grid_name: string | null
  pinyin: string | null
  tags: string[]
}

/** Lower case, half width, simplified characters, single spaces. */
export function plain(text: string): string {
  return simplified(text.normalize('NFKC').toLowerCase()).replace(/\s+/g, ' ').trim()
}

/** Whether every word of `query` occurs in the place; numbers with dashes are compared with the numbers of the address. */
export function matches(place: Searchable, query: string): boolean {
  const wanted = plain(query)
  if (wanted === '') return true
  const text = plain([place.label, place.address, place.building, place.grid_name, ...place.tags].join(' '))
  const initials = (place.pinyin ?? '').toLowerCase()
  return wanted
    .split(' ')
    .every((word) => text.includes(word) || initials.includes(word) || hasNumbers(place.address ?? '', word))
}

/** "3-2-501" finds "3号楼2单元501". */
function hasNumbers(address: string, word: string): boolean {
  if (!/^\d+(-\d+)+$/.test(word)) return false
  const numbers = plain(address).match(/\d+/g) ?? []
  return `-${numbers.join('-')}-`.includes(`-${word}-`)
}
