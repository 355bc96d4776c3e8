/** A list that grows page by page: the first one at once, the others as they are asked for. */
import { computed, type ComputedRef, ref, type Ref, watch } from 'vue'
import type { Problem } from '@/api/http'
import { useLoading } from '@/api/loading'
import { asProblem } from '@/api/submission'
import type { Page } from '@/api/types'

export interface Pages<T> {
  /** Null until the first page is there. */
  all: ComputedRef<T[] | null>
  problem: Ref<Problem | null>
  cursor: Ref<string | null>
  reload: () => Promise<void>
  readMore: () => Promise<void>
}

export function usePages<T>(read: (cursor?: string) => Promise<Page<T>>): Pages<T> {
  const { data, problem, reload } = useLoading(() => read())
  const more = ref<T[]>([]) as Ref<T[]>
  const cursor = ref<string | null>(null)
  watch(data, (first) => {
    more.value = []
    cursor.value = first?.next_cursor ?? null
  })

  async function readMore(): Promise<void> {
    try {
      const page = await read(cursor.value ?? undefined)
      more.value.push(...page.items)
      cursor.value = page.next_cursor
    } catch (error) {
      problem.value = asProblem(error)
    }
  }
  const all = computed(() => (data.value ? [...data.value.items, ...more.value] : null))
  return { all, problem, cursor, reload, readMore }
}
