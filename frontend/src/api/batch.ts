/**
 * Collects ids for a moment and hands them over in lots, one lot at a time: while one is being worked on, the next one
 * gathers, so that a flood of changes becomes a slow row of large questions.
 */
export function createBatch(work: (ids: string[]) => Promise<void>, { delay = 100, size = 100 } = {}) {
  const gathered = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let working = false

  async function flush() {
    timer = undefined
    working = true
    const lot = [...gathered].slice(0, size)
    lot.forEach((id) => gathered.delete(id))
    await work(lot).catch(() => {}) // The next change, or the next visit, asks again.
    working = false
    schedule()
  }

  function schedule() {
    if (gathered.size && !timer && !working) timer = setTimeout(flush, delay)
  }

  return {
    add(id: string) {
      gathered.add(id)
      schedule()
    },
    clear() {
      gathered.clear()
    },
  }
}
