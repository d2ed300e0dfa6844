import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { refreshSession } from '@/api/session'
import { database } from '@/db/database'
import { by, create, patch } from '@/db/records'
import { sha256Of } from '@/device/photos'
import { ReadableError } from '@/errors'
import { counterFor, handIn, OWN_COUNTER } from '@/sync/hand_in'
import { exportFile, readOutboxFile, takeDrafts } from '@/sync/outbox_file'
import type { FakeServer } from './fake_server'
import { sessionOfLi } from './features/town'
import { Phone, smallServer } from './phone'

const PHOTO = new Uint8Array([255, 216, 255, 1]).buffer
let server: FakeServer
let broken: Phone
let photo: string
const heard: [number, number][] = []
const listen = (done: number, of: number): void => void heard.push([done, of])

/** Li's phone: a count whose answer was lost, a visit with a photo, half a diary; and then no network any more. */
beforeEach(async () => {
  heard.length = 0
  server = smallServer()
  Object.assign(server.city.session, sessionOfLi())
  await refreshSession()
  broken = await Phone.of('li')
  await broken.sync()
  await patch('place', 'zhang', { refusals: by(1) })
  server.fault = (path) => (path === '/sync' ? 'drop_after' : null)
  await broken.sync()
  server.fault = () => null
  photo = await sha256Of(PHOTO)
  const row = { sha256: photo, type: 'image/jpeg', bytes: PHOTO, created_at: 1, state: 'draft' as const }
  await database().attachments.bulkPut([row, { ...row, sha256: 'of-a-draft' }])
  await create('visit', { place_id: 'zhang', outcome: 'met', photos: [photo] })
  await database().drafts.put({ key: 'diary:2026-11-20', value: { text: '没写完' }, saved_at: 1 })
})
afterEach(() => vi.unstubAllGlobals())

describe('a phone’s file', () => {
  it('is handed in on the next phone, and the old one may come back', async () => {
    const file = await readOutboxFile(await exportFile())
    const next = await Phone.of('li')
    for (const _ of [1, 2]) {
      expect(await handIn(file, OWN_COUNTER, listen)).toEqual({
        accepted: 2,
        differing: 0,
        refused: [],
        photos: 1,
        bad_photos: 0,
      })
    }
    expect(heard.at(-1)).toEqual([3, 3])
    await takeDrafts(file)
    expect(await database().drafts.toArray()).toMatchObject([
      { key: 'diary:2026-11-20', value: { text: '没写完' } },
    ])
    expect(await database().attachments.toArray()).toMatchObject([{ sha256: 'of-a-draft', state: 'draft' }])
    await next.sync()
    expect([server.count('visit'), server.row('place', 'zhang')?.refusals]).toEqual([1, 1])
    expect(server.hasPhoto(photo)).toBe(true)
    await broken.sync()
    expect(await broken.outbox()).toEqual([])
    expect([server.count('visit'), server.row('place', 'zhang')?.refusals]).toEqual([1, 1])
  })

  it('is handed in for its owner at the addresses of the owner’s phones', async () => {
    const file = await readOutboxFile(await exportFile())
    const number = await broken.clientId()
    server.heard.length = 0
    await handIn(file, counterFor(['newest', number]), listen)
    const at = `/api/devices/${number}`
    expect(server.heard).toEqual([`POST ${at}/push`, `PUT ${at}/attachments/${photo}`])
    // A number that the phone gave itself [L9] is that of no phone on the list.
    expect(counterFor(['newest', 'older'])('unknown').push).toBe('/api/devices/newest/push')
  })

  it('goes in under a number of its own where the server has a gap or knows the number otherwise', async () => {
    const file = await readOutboxFile(await exportFile())
    server.forget(await broken.clientId())
    const later = { ...file, rows: file.rows.slice(1) }
    for (const _ of [1, 2])
      expect(await handIn(later, OWN_COUNTER, listen)).toMatchObject({ accepted: 1, refused: [] })
    expect(server.count('visit')).toBe(1)
    // A clone of the phone has used the second number for something else.
    const [first, second] = file.rows
    const clone = second && { ...second, mutation: { ...second.mutation, uuid: 'other', id: 'other' } }
    await handIn({ ...file, rows: first && clone ? [first, clone] : [] }, OWN_COUNTER, listen)
    expect(await handIn(file, OWN_COUNTER, listen)).toMatchObject({ accepted: 2, refused: [] })
    expect(server.count('visit')).toBe(2)
  })

  it('travels in smaller parts where a large one is refused, and what is too large by itself is told', async () => {
    await patch('place', 'zhang', { note: '长'.repeat(5000) })
    await patch('place', 'zhang', { tags: ['独居'] })
    await create('visit', { place_id: 'zhang', note: '长'.repeat(5000) })
    await create('visit', { place_id: 'zhang', outcome: 'nobody' })
    const file = await readOutboxFile(await exportFile())
    server.max_bytes = 2000
    const { accepted, refused } = await handIn(file, OWN_COUNTER, listen)
    expect(accepted).toBe(2)
    const too_large = { zh: expect.stringContaining('太大') }
    expect(refused).toMatchObject([
      { collection: 'place', outcome: too_large },
      { collection: 'visit', outcome: too_large },
    ])
    expect(server.count('visit')).toBe(2)
    expect(server.row('place', 'zhang')?.tags).toEqual(['独居'])
  })

  it('says what was not accepted, and why', async () => {
    await patch('place', 'zhang', { note: 'poison' })
    const file = await readOutboxFile(await exportFile())
    const { refused } = await handIn(file, OWN_COUNTER, listen)
    expect(refused).toMatchObject([{ collection: 'place', outcome: { en: 'One value is malformed.' } }])
  })

  it('stops with a sentence where the network ends, and goes on the next time', async () => {
    const file = await readOutboxFile(await exportFile())
    server.fault = (path) => (path.startsWith('/attachments') ? 'drop' : null)
    await expect(handIn(file, OWN_COUNTER, listen)).rejects.toMatchObject({ code: 'offline' })
    server.fault = () => null
    expect(await handIn(file, OWN_COUNTER, listen)).toMatchObject({ accepted: 2, photos: 1 })
    expect(server.count('visit')).toBe(1)
  })

  it.each([
    ['a letter', '你好'],
    ['half of it', async () => (await (await exportFile()).text()).slice(0, 900)],
    ['other JSON', '[1, 2, 3]'],
    ['null', 'null'],
    ['records without numbers', async () => (await (await exportFile()).text()).replaceAll('"mid"', '"no"')],
    [
      'photos that are none',
      async () => (await (await exportFile()).text()).replace(/"bytes":"/g, '"bytes":"%'),
    ],
  ])('is told from %s', async (_, content) => {
    const text = typeof content === 'string' ? content : await content()
    const reading = readOutboxFile(new File([text], 'x.json'))
    await expect(reading).rejects.toBeInstanceOf(ReadableError)
    await expect(reading).rejects.toMatchObject({ code: 'not_outbox_file' })
  })
})
