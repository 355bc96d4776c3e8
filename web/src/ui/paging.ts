/** A list that is read a page at a time: the first with `useLoading`, the others after it. */
import { computed, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { Problem } from '@/api/http'
import { useLoading } from '@/api/loading'
import { asProblem } from '@/api/submission'
import type { Page } from '@/api/types'

export interface PagedList<T> {
  /** Null until the first page is there. */
  items: ComputedRef<T[] | null>
  problem: Ref<Problem | null>
  loading: Ref<boolean>
  cursor: Ref<string | null>
  /** Whether the reader has gone on beyond the first page. */
  pagedOn: ComputedRef<boolean>
  reload: () => Promise<void>
  readMore: () => Promise<void>
}

export function usePaged<T>(read: (cursor?: string) => Promise<Page<T>>): PagedList<T> {
  const more = shallowRef<T[]>([])
  const cursor = ref<string | null>(null)
  const first = useLoading(() => read())
  // Behind the loading, which knows the answer that counts when several are on their way.
  watch(
    first.data,
    (page) => {
      more.value = []
      cursor.value = page?.next_cursor ?? null
    },
    { flush: 'sync' },
  )

  async function readMore(): Promise<void> {
    if (!cursor.value) return
    try {
      const page = await read(cursor.value)
      more.value = [...more.value, ...page.items]
      cursor.value = page.next_cursor
    } catch (error) {
      first.problem.value = asProblem(error)
    }
  }

  return {
    items: computed(() => (first.data.value ? [...first.data.value.items, ...more.value] : null)),
    problem: first.problem,
    loading: first.loading,
    cursor,
    pagedOn: computed(() => more.value.length > 0),
    reload: first.reload,
    readMore,
  }
}
