import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { database, durable } from '@/db/database'
import { readRecord } from '@/db/live'
import { create } from '@/db/records'
import { keepPhoto } from '@/device/photos'
import { Phone } from './phone'

beforeEach(async () => {
  await Phone.of('li')
  vi.useFakeTimers({ toFake: ['setTimeout'], shouldAdvanceTime: true, advanceTimeDelta: 200 })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** The next `times` transactions fail as phones fail that have killed the connection in the background. */
function breakConnection(times: number, name = 'UnknownError', after = false): void {
  const db = database()
  const real = db.transaction.bind(db)
  let left = times
  vi.spyOn(db, 'transaction').mockImplementation((async (...all: Parameters<typeof real>) => {
    if (left-- <= 0) return real(...all)
    if (after) await real(...all)
    throw Object.assign(
      new Error('Connection to Indexed Database server lost. Refresh the page to try again'),
      { name },
    )
  }) as never)
}

describe('a database connection that the phone has killed', () => {
  it('is opened again, and what was written is stored once', async () => {
    breakConnection(2)
    const id = await create('visit', { place_id: 'zhang' })
    expect(await readRecord('visit', id)).toMatchObject({ place_id: 'zhang' })
    expect(await database().outbox.count()).toBe(1)
  })

  it('stores nothing twice when it dies after the commit, before saying so', async () => {
    breakConnection(1, 'UnknownError', true)
    await create('visit', { place_id: 'zhang' })
    expect((await database().outbox.toArray()).map((row) => row.mid)).toEqual([1])
  })

  it('is given up after three failures with a sentence, so that the form stays on the screen', async () => {
    breakConnection(99)
    await expect(create('visit', { place_id: 'zhang' })).rejects.toMatchObject({ code: 'storage_down' })
    vi.restoreAllMocks()
    expect(await database().outbox.count()).toBe(0)
  })

  it('is not mistaken for a fault of the program', async () => {
    const work = vi.fn(() => Promise.reject(new TypeError('a bug')))
    await expect(durable(work)).rejects.toThrow('a bug')
    expect(work).toHaveBeenCalledTimes(1)
  })
})

describe('a full phone', () => {
  it('keeps the photo out and the form open, and stores the photo once there is room', async () => {
    vi.stubGlobal('createImageBitmap', async () => ({ width: 640, height: 480, close() {} }))
    vi.spyOn(document, 'createElement').mockReturnValue({
      getContext: () => ({ drawImage() {}, fillRect() {} }),
      toBlob: (done: (blob: Blob) => void) => done(new Blob(['jpeg'], { type: 'image/jpeg' })),
    } as never)
    vi.spyOn(database().attachments, 'add').mockRejectedValueOnce(
      Object.assign(new Error('full'), { name: 'QuotaExceededError' }),
    )
    const picture = new Blob(['picture'], { type: 'image/png' })
    await expect(keepPhoto(picture)).rejects.toMatchObject({
      code: 'storage_full',
      zh: expect.stringContaining('空间不足'),
    })
    expect(await database().attachments.count()).toBe(0)
    const sha256 = await keepPhoto(picture)
    expect((await database().attachments.get(sha256))?.state).toBe('draft')
    vi.unstubAllGlobals()
  })

  it('says so at once, in words, and does not try again', async () => {
    const inner = Object.assign(new Error('full'), { name: 'QuotaExceededError' })
    const work = vi.fn(() =>
      Promise.reject(Object.assign(new Error('aborted'), { name: 'AbortError', inner })),
    )
    await expect(durable(work)).rejects.toMatchObject({
      code: 'storage_full',
      zh: expect.stringContaining('空间不足'),
    })
    expect(work).toHaveBeenCalledTimes(1)
  })
})
