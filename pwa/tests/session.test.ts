import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  enrol,
  expired,
  forgetSession,
  heldRecords,
  recallSession,
  refreshSession,
  session,
  signOut,
} from '@/api/session'
import { currentAccount, database } from '@/db/database'
import { getMeta } from '@/db/meta'
import { create } from '@/db/records'
import { hasPin, lock, locked, pinWait, recallLock, removePin, setPin, unlock } from '@/device/pin'
import { codeIn } from '@/features/enrol/code'
import { syncRounds } from '@/sync/round'
import { demo, FakeServer } from './fake_server'

let server: FakeServer

beforeEach(() => {
  server = new FakeServer(demo())
  vi.stubGlobal('fetch', server.fetch)
})
afterEach(async () => {
  await database().delete()
  forgetSession()
  localStorage.clear()
  vi.unstubAllGlobals()
})

describe('a phone', () => {
  it('knows its owner without a network once it was enrolled', async () => {
    await enrol('ABCDE-FGHIJ')
    server.fault = () => 'drop'
    forgetSession()
    localStorage.setItem('doorstep.account', demo().session.account?.id ?? '')
    await recallSession()
    await refreshSession()
    expect(session.value?.cadre?.name).toBe('李建国')
    expect(expired.value).toBe(false)
  })

  it('says that its sign-in expired, and goes on working', async () => {
    await enrol('ABCDE')
    await create('visit', { place_id: 'zhang' })
    server.signed_in = false
    await refreshSession()
    expect(expired.value).toBe(true)
    expect(session.value).not.toBeNull()
    expect(await heldRecords()).toBe(1)
  })

  it('is not signed out by a captive portal’s page or a plain 401 of somebody else', async () => {
    await enrol('ABCDE')
    server.fault = () => new Response('<html>', { status: 401 })
    await refreshSession()
    expect(expired.value).toBe(false)
    expect(session.value).not.toBeNull()
  })

  it('keeps undelivered work through signing out and in again, and then delivers it under its old number', async () => {
    await enrol('ABCDE')
    const before = await getMeta('client_id')
    const visit = await create('visit', { place_id: 'zhang' })
    await signOut()
    expect(currentAccount()).toBeNull()
    await enrol('FGHIJ')
    expect(await getMeta('client_id')).toBe(before)
    expect(await heldRecords()).toBe(1)
    await syncRounds(database(), () => undefined)
    expect(server.row('visit', visit)).toBeDefined()
    expect(await heldRecords()).toBe(0)
  })

  it('takes the new number of a server that no longer knows its old ones, and delivers under that', async () => {
    await enrol('ABCDE')
    const before = await getMeta('client_id')
    const visit = await create('visit', { place_id: 'zhang' })
    await signOut()
    server.devices.clear()
    await enrol('FGHIJ')
    expect(await getMeta('client_id')).not.toBe(before)
    expect(await heldRecords()).toBe(1)
    await syncRounds(database(), () => undefined)
    expect(server.row('visit', visit)).toBeDefined()
    expect(await heldRecords()).toBe(0)
  })

  it('whose storage was cleared says so, and goes on under a number of its own', async () => {
    await enrol('ABCDE')
    const before = await getMeta('client_id')
    await create('visit', { place_id: 'zhang' })
    await database().delete()
    await database().open()
    forgetSession()
    localStorage.setItem('doorstep.account', demo().session.account?.id ?? '')
    await recallSession()
    expect(session.value).toBeNull()
    server.city.session.client_id = before
    await refreshSession()
    expect(session.value?.cadre?.name).toBe('李建国')
    expect((await getMeta('told'))?.map(({ code }) => code)).toEqual(['emptied'])
    expect(await getMeta('client_id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(await getMeta('client_id')).not.toBe(before)
    expect(await syncRounds(database(), () => undefined)).toEqual({ kind: 'complete' })
  })

  it('that died while it was being enrolled has a number to pull under when it starts again', async () => {
    await enrol('ABCDE')
    await database().meta.delete('client_id')
    forgetSession()
    localStorage.setItem('doorstep.account', demo().session.account?.id ?? '')
    server.fault = () => 'drop'
    await recallSession()
    expect(await getMeta('client_id')).toBe(session.value?.client_id)
    expect(await getMeta('told', [])).toEqual([])
  })

  it('says why a code was refused, in both languages', async () => {
    await expect(enrol('WRONG')).rejects.toMatchObject({
      code: 'code_invalid',
      zh: expect.stringContaining('登记码'),
    })
  })
})

describe('an enrolment code', () => {
  it('is read from an address, from typing with dashes, and from nothing else', () => {
    expect(codeIn('https://mq.example.gov.cn/app/enrol?code=abcde234')).toBe('ABCDE234')
    expect(codeIn(' abcde-fg hij ')).toBe('ABCDEFGHIJ')
    expect(codeIn('https://mq.example.gov.cn/app/enrol#Y34XHOYJGH')).toBe('Y34XHOYJGH')
    expect(codeIn('#ABCDE234')).toBe('ABCDE234')
    expect(codeIn('微信支付')).toBe('')
    expect(codeIn('https://other.example/')).toBe('')
  })
})

describe('the PIN', () => {
  it('locks the screen and opens it again', async () => {
    await enrol('ABCDE')
    await setPin('1234')
    await lock()
    expect(locked.value).toBe(true)
    expect(await unlock('4321')).toBe(false)
    expect(await unlock('1234')).toBe(true)
    expect(locked.value).toBe(false)
    await removePin()
    expect(await hasPin()).toBe(false)
  })

  it('makes a guesser wait, longer each time, also after a restart', async () => {
    await enrol('ABCDE')
    await setPin('1234')
    const now = 1_764_000_000_000
    for (let n = 0; n < 4; n++) await unlock('0000', now)
    expect(pinWait(now)).toBe(15_000)
    expect(await unlock('1234', now + 14_999)).toBe(false)
    await recallLock()
    expect(pinWait(now)).toBe(15_000)
    await unlock('0000', now + 15_000)
    expect(pinWait(now + 15_000)).toBe(30_000)
    expect(await unlock('1234', now + 45_000)).toBe(true)
    expect(pinWait(now + 45_000)).toBe(0)
  })
})
