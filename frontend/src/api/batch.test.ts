import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createBatch } from './batch'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('asks once for what changed within a tenth of a second, each id once', async () => {
  const lots: string[][] = []
  const batch = createBatch(async (ids) => void lots.push(ids))
  for (const id of ['1', '2', '1', '3']) batch.add(id)
  await vi.advanceTimersByTimeAsync(99)
  expect(lots).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(lots).toEqual([['1', '2', '3']])
})

it('turns five hundred changes in ten seconds into few questions, one at a time', async () => {
  let running = 0
  let questions = 0
  const answered = new Set<string>()
  const batch = createBatch(async (ids) => {
    expect(++running).toBe(1)
    questions++
    await new Promise((resolve) => setTimeout(resolve, 400))
    ids.forEach((id) => answered.add(id))
    running--
  })
  for (let n = 0; n < 500; n++) {
    batch.add(String(n))
    await vi.advanceTimersByTimeAsync(20)
  }
  await vi.advanceTimersByTimeAsync(5000)
  expect(answered.size).toBe(500)
  expect(questions).toBeLessThan(25)
})

it('goes on after a question that failed', async () => {
  const seen: string[] = []
  const batch = createBatch(async ([id]) => {
    seen.push(id!)
    if (id === '1') throw new Error('no answer')
  })
  batch.add('1')
  await vi.advanceTimersByTimeAsync(100)
  batch.add('2')
  await vi.advanceTimersByTimeAsync(100)
  expect(seen).toEqual(['1', '2'])
})
