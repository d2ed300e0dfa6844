import { describe, expect, it } from 'vitest'
import { History } from './history'
import { ask } from './network'

const FIRST = Number(process.env.DOORSTEP_SEED ?? 1)
const HISTORIES = Number(process.env.DOORSTEP_PHONE_HISTORIES ?? 10)

describe('phones with the app’s own program against the real server', () => {
  it(`keep every invariant in ${HISTORIES} histories from seed ${FIRST}`, async () => {
    for (let seed = FIRST; seed < FIRST + HISTORIES; seed++) await History.run(seed)
    expect(await ask('what_does_not_fit')).toEqual({ faults: [] })
  })
})
