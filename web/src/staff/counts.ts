/** How much waits at each of my desks, for the numbers in the side bar. */
import { reactive, watch } from 'vue'
import { readQueue } from '@/api/cases'
import type { QueueName } from '@/api/types'
import { session } from '@/session'
import { usePolling } from '@/ui/polling'
import { myDesks } from './desks'

const EVERY_MS = 30_000

const counts = reactive<Partial<Record<QueueName, string>>>({})

async function countAll(): Promise<void> {
  const queues = session.value ? myDesks().flatMap((desk) => desk.queue ?? []) : []
  await Promise.all(queues.map(count))
}

async function count(queue: QueueName): Promise<void> {
  try {
    noteQueue(queue, await readQueue(queue))
  } catch {
    // A number that cannot be had is left out; the queue's own page says why.
    delete counts[queue]
  }
}

/** A page that has read a queue anyway tells its length here. */
export function noteQueue(
  queue: QueueName,
  page: { items: readonly unknown[]; next_cursor: string | null },
): void {
  if (page.items.length) counts[queue] = `${page.items.length}${page.next_cursor ? '+' : ''}`
  else delete counts[queue]
}

export function useQueueCounts(): { counts: typeof counts } {
  watch(
    session,
    () => {
      for (const queue of Object.keys(counts)) delete counts[queue as QueueName]
      void countAll()
    },
    { immediate: true },
  )
  usePolling(countAll, EVERY_MS)
  return { counts }
}

/** After an act has moved a case from one desk to another. */
export const recount = (): void => void countAll()
