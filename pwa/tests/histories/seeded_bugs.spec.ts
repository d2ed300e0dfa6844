import { afterEach, describe, expect, it, vi } from 'vitest'
import { FAULTS } from './faults'
import { History } from './history'

const MOST = 120
const MOCKED = [
  '@/sync/round',
  '@/sync/push',
  '@/sync/pull',
  '@/sync/outcomes',
  '@/db/numbering',
  '@/api/http',
]

afterEach(() => {
  for (const path of MOCKED) vi.doUnmock(path)
})

describe('the histories notice that', () => {
  it.each(FAULTS)('$name', async ({ make, noticed }) => {
    make()
    let found = ''
    for (let seed = 1; seed <= MOST && !found; seed++) {
      found = await History.run(seed).then(
        () => '',
        (error: Error) => error.message,
      )
    }
    expect(found).toMatch(noticed)
  })
})
