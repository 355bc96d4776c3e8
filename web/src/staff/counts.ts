/** How much waits at each of my desks, for the numbers in the side bar. */
import { reactive, watch } from 'vue'
import { readQueue } from '@/api/cases'
import { readAlarms } from '@/api/supervision'
import type { QueueName } from '@/api/types'
import { hasRole, session } from '@/session'
import { usePolling } from '@/ui/polling'
import { myDesks } from './desks'

const EVERY_MS = 30_000

/** By the desk's queue, or `alarms`. */
type Waiting = QueueName | 'alarms'
const counts = reactive<Partial<Record<Waiting, string>>>({})

async function countAll(): Promise<void> {
  const desks = session.value ? myDesks() : []
  const alarms = desks.some((desk) => desk.alarms) ? [countAlarms()] : []
  await Promise.all([...desks.flatMap((desk) => desk.queue ?? []).map(count), ...alarms])
}

/** What waits for this reader's word: a unit's to answer, the supervision's to check. */
async function countAlarms(): Promise<void> {
  try {
    noteWaiting(
      'alarms',
      await readAlarms({ state: hasRole('supervisor') ? 'answered' : 'assigned' }),
    )
  } catch {
    delete counts.alarms
  }
}

async function count(queue: QueueName): Promise<void> {
  try {
    noteQueue(queue, await readQueue(queue))
  } catch {
    // A number that cannot be had is left out; the queue's own page says why.
    delete counts[queue]
  }
}

interface Length {
  items: readonly unknown[]
  next_cursor: string | null
}

/** A page that has read a queue anyway tells its length here. */
export const noteQueue = (queue: QueueName, page: Length): void => noteWaiting(queue, page)

function noteWaiting(what: Waiting, page: Length): void {
  if (page.items.length) counts[what] = `${page.items.length}${page.next_cursor ? '+' : ''}`
  else delete counts[what]
}

export function useQueueCounts(): { counts: typeof counts } {
  watch(
    session,
    () => {
      for (const each of Object.keys(counts)) delete counts[each as Waiting]
      void countAll()
    },
    { immediate: true },
  )
  usePolling(countAll, EVERY_MS)
  return { counts }
}

/** After an act has moved a case from one desk to another. */
export const recount = (): void => void countAll()
