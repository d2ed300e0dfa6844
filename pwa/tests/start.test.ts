import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { forgetSession, refreshSession } from '@/api/session'
import { database } from '@/db/database'
import { firstPage, startAt, visitsAndLeads } from '@/start'
import { demo, FakeServer } from './fake_server'

function city(role: 'cadre' | 'leader', client_id: string | null) {
  const made = demo()
  Object.assign(made.session, { client_id, account: { ...made.session.account, role } })
  return new FakeServer(made)
}

async function signedIn(role: 'cadre' | 'leader', client_id: string | null): Promise<void> {
  vi.stubGlobal('fetch', city(role, client_id).fetch)
  await refreshSession()
}

beforeEach(() => startAt('board'))
afterEach(async () => {
  await database().delete()
  forgetSession()
  vi.unstubAllGlobals()
})

describe('the app begins', () => {
  it('for nobody at the enrolment', () => {
    expect(firstPage()).toBe('/enrol')
  })

  it('for a cadre at the doors of today', async () => {
    await signedIn('cadre', 'phone-1')
    expect(firstPage()).toBe('/')
    expect(visitsAndLeads.value).toBe(false)
  })

  it('for a leader at the board, until she goes over to the doors with her own phone', async () => {
    await signedIn('leader', 'phone-1')
    expect(firstPage()).toBe('/board')
    expect(visitsAndLeads.value).toBe(true)
    startAt('today')
    expect(firstPage()).toBe('/')
    startAt('board')
    expect(firstPage()).toBe('/board')
  })

  it('for a leader at a desk at the board always: a desk cannot record visits', async () => {
    await signedIn('leader', null)
    startAt('today')
    expect(firstPage()).toBe('/board')
    expect(visitsAndLeads.value).toBe(false)
  })
})
