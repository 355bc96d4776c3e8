/** Reading something for a page: loading, shown, or failed with a way to try again. */
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import type { Problem } from './http'
import { asProblem } from './submission'

export interface Loading<T> {
  data: ShallowRef<T | null>
  problem: Ref<Problem | null>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/** Starts reading at once. A later `reload` wins over an earlier one that answers late. */
export function useLoading<T>(read: () => Promise<T>): Loading<T> {
  const data = shallowRef<T | null>(null)
  const problem = ref<Problem | null>(null)
  const loading = ref(false)
  let latest = 0

  async function reload(): Promise<void> {
    const mine = (latest += 1)
    loading.value = true
    try {
      const answer = await read()
      if (mine !== latest) return
      data.value = answer
      problem.value = null
    } catch (error) {
      if (mine === latest) problem.value = asProblem(error)
    } finally {
      if (mine === latest) loading.value = false
    }
  }
  void reload()
  return { data, problem, loading, reload }
}
