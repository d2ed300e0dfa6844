import { describe, expect, it } from 'vitest'
import { ReadableError } from '../src/errors'
import { useAct, useAttempt } from '../src/ui/act'

const NO_ROOM = new ReadableError('no_room', '手机存储已满。', 'The phone is full.')

/** Something that is under way until it is told how it ends. */
function underWay() {
  let end: (how?: Error) => void = () => undefined
  const what = (): Promise<void> =>
    new Promise((resolve, reject) => {
      end = (how) => (how ? reject(how) : resolve())
    })
  return { what, end: (how?: Error) => end(how) }
}

describe('a button that saves', () => {
  it('is busy until the record is stored', async () => {
    const { busy, error, run } = useAct()
    const save = underWay()
    const saved = run(save.what)
    expect(busy.value).toBe(true)
    save.end()
    expect(await saved).toBe(true)
    expect(busy.value).toBe(false)
    expect(error.value).toBeNull()
  })

  it('stores once, however often it is tapped', async () => {
    const { run } = useAct()
    const save = underWay()
    const first = run(save.what)
    let again = 0
    expect(await run(async () => ++again)).toBe(false)
    save.end()
    expect(await first).toBe(true)
    expect(again).toBe(0)
    expect(await run(async () => ++again)).toBe(true)
    expect(again).toBe(1)
  })

  it('says what went wrong, can be tapped again, and then says nothing any more', async () => {
    const { busy, error, run } = useAct()
    expect(await run(() => Promise.reject(NO_ROOM))).toBe(false)
    expect(busy.value).toBe(false)
    expect(error.value?.zh).toBe('手机存储已满。')
    expect(await run(async () => undefined)).toBe(true)
    expect(error.value).toBeNull()
  })

  it('says of what nobody foresaw that the work is still there', async () => {
    const { error, run } = useAct()
    await run(async () => {
      throw new TypeError('undefined is not a function')
    })
    expect(error.value?.zh).toContain('您的内容还在本机')
  })
})

describe('choices in quick succession', () => {
  it('are all taken, the second while the first is still being stored', async () => {
    const { error, attempt } = useAttempt()
    const [nobody, met] = [underWay(), underWay()]
    const [first, second] = [attempt(nobody.what), attempt(met.what)]
    met.end()
    nobody.end(NO_ROOM)
    expect(await second).toBe(true)
    expect(await first).toBe(false)
    expect(error.value?.en).toBe('The phone is full.')
  })
})
