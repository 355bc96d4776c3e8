/** Sending one form once, however often and however impatiently the button is tapped. */
import { ref, type Ref } from 'vue'
import { newKey, Problem } from './http'

export interface Sending<A extends unknown[], T> {
  busy: Ref<boolean>
  problem: Ref<Problem | null>
  /** Sends, unless it is already being sent. Answers undefined when refused or already under way. */
  send: (...input: A) => Promise<T | undefined>
}

/**
 * Binds a command to ONE `Idempotency-Key` for the life of the form instance that calls this.
 *
 * A refused request leaves no trace at the server, so the corrected form goes under the same key.
 * A request whose answer was lost may have succeeded: under the same key the repeat gets the first
 * answer, and a repeat with another content is refused instead of making a second case.
 */
export function useSending<A extends unknown[], T>(
  deliver: (key: string, ...input: A) => Promise<T>,
): Sending<A, T> {
  const key = newKey()
  const busy = ref(false)
  const problem = ref<Problem | null>(null)

  async function send(...input: A): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    problem.value = null
    try {
      return await deliver(key, ...input)
    } catch (error) {
      problem.value = asProblem(error)
      return undefined
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, send }
}

/** Anything thrown, as something that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  console.error(error)
  return new Problem(0, 'page-fault', '页面出错了', '请刷新后再试;如果仍然不行,请到窗口办理。')
}
