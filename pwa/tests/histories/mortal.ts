// A phone's death: at a step of its database or of a request, whatever was under way is gone, and what was committed is not.

/** One start of the program, until it is killed or closed. */
export class Life {
  dead = false
  /** Steps left to live; `null` for a phone that nothing happens to. */
  left: number | null = null
  readonly death: Promise<'dead'>
  private readonly open = new Set<IDBTransaction>()
  private end: () => void = () => undefined

  constructor() {
    this.death = new Promise((resolve) => {
      this.end = () => resolve('dead')
    })
  }

  /** Counts one step; the last one kills. */
  step(): void {
    if (this.left === null || this.dead || --this.left > 0) return
    this.dead = true
    this.end()
    for (const transaction of this.open) abort(transaction)
  }

  watch(transaction: IDBTransaction): void {
    this.open.add(transaction)
    transaction.addEventListener('complete', () => {
      this.open.delete(transaction)
      // Dead after the commit, before anybody was told.
      this.step()
    })
    transaction.addEventListener('abort', () => this.open.delete(transaction))
  }
}

function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort()
  } catch {
    // Over already: its word to us is still on the way.
  }
}

/** The life that whatever runs now belongs to: phones act one after the other. */
export const now: { life: Life } = { life: new Life() }

/** Every write and every commit is a step. */
export function watchTheDisk(): void {
  const begin = IDBDatabase.prototype.transaction
  IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...all: Parameters<typeof begin>) {
    if (now.life.dead) throw new DOMException('this phone is dead', 'AbortError')
    const transaction = begin.apply(this, all)
    now.life.watch(transaction)
    return transaction
  }
  for (const name of ['put', 'add', 'delete'] as const) {
    const write = IDBObjectStore.prototype[name] as (...all: unknown[]) => IDBRequest
    Object.assign(IDBObjectStore.prototype, {
      [name](this: IDBObjectStore, ...all: unknown[]) {
        now.life.step()
        return write.apply(this, all)
      },
    })
  }
}
