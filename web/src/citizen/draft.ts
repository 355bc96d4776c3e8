/**
 * Keeping a draft on the server while somebody fills in a form.
 *
 * The tab's own copy is written at once (application.ts); this one follows when the person pauses,
 * and when they leave. A network that is away loses nothing: it is tried again until it is back.
 */
import { onScopeDispose, ref, type Ref } from 'vue'
import { readDraft } from '@/api/drafts'
import { Problem } from '@/api/http'
import { session } from '@/session'

/** While somebody still types, nothing is sent. */
export const PAUSE_MS = 2_000
const AGAIN_MS = 15_000
const DROP_TRIES = 3

export interface DraftStore {
  save: (content: object, leaving: boolean) => Promise<void>
  drop: () => Promise<void>
  /** Told whether the server lacks what the tab has. */
  lacking: (lacks: boolean) => void
}

export interface DraftKeeper {
  /** `waiting` while the server has not got all of it, `away` when it could not be reached. */
  state: Ref<'idle' | 'waiting' | 'saved' | 'away' | 'refused'>
  /** What the form holds now: sent after a pause, the last one alone. */
  keep: (content: object) => void
  /** Now, because the person leaves. */
  flush: (leaving?: boolean) => Promise<void>
  /** It was handed in, or thrown away: the server forgets it after whatever is under way. */
  drop: () => Promise<void>
}

export function useDraftKeeper(store: DraftStore): DraftKeeper {
  const state: DraftKeeper['state'] = ref('idle')
  let pending: object | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let under: Promise<void> = Promise.resolve()
  let over = false
  let gone = false

  function later(milliseconds: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void flush(), milliseconds)
  }

  function keep(content: object): void {
    if (over) return
    pending = content
    state.value = 'waiting'
    store.lacking(true)
    later(PAUSE_MS)
  }

  /** One after the other, so that an older state never lands on a newer one. */
  function flush(leaving = false): Promise<void> {
    clearTimeout(timer)
    under = under.then(() => send(leaving))
    return under
  }

  async function send(leaving: boolean): Promise<void> {
    const content = pending
    if (!content || over) return
    pending = null
    try {
      await store.save(content, leaving)
      if (pending ?? over) return
      state.value = 'saved'
      store.lacking(false)
    } catch (error) {
      // What was typed meanwhile is newer, and has a timer of its own.
      if (pending ?? over) return
      if (refusedForGood(error)) {
        state.value = 'refused'
        return
      }
      pending = content
      state.value = 'away'
      if (!gone) later(AGAIN_MS)
    }
  }

  async function drop(): Promise<void> {
    over = true
    clearTimeout(timer)
    await under
    for (let attempt = 1; attempt <= DROP_TRIES; attempt += 1) {
      try {
        await store.drop()
        return
      } catch (error) {
        if (refusedForGood(error)) return
      }
    }
  }

  const back = (): void => void flush()
  const hidden = (): void => {
    if (document.visibilityState === 'hidden') void flush(true)
  }
  window.addEventListener('online', back)
  document.addEventListener('visibilitychange', hidden)
  onScopeDispose(() => {
    gone = true
    window.removeEventListener('online', back)
    document.removeEventListener('visibilitychange', hidden)
    void flush(true)
  })

  return { state, keep, flush, drop }
}

/** What is known of the server's copy: whether it lacks something, or could not be read at all. */
export type Behind = '' | 'unsaved' | 'unread'

export interface TabDraft {
  read: () => string | null
  write: (text: string) => void
  behind: () => Behind
  mark: (behind: Behind) => void
  forget: () => void
}

/** The quick copy, in the tab's own storage and under the account's own name. */
export function tabDraft(itemCode: string): TabDraft {
  const key = `yichuang.draft.${session.value?.account ?? ''}.${itemCode}`
  const mark = `${key}.behind`
  return {
    read: () => sessionStorage.getItem(key),
    write: (text) => sessionStorage.setItem(key, text),
    behind: () => (sessionStorage.getItem(mark) ?? '') as Behind,
    mark: (behind) => sessionStorage.setItem(mark, behind),
    forget: () => {
      sessionStorage.removeItem(key)
      sessionStorage.removeItem(mark)
    },
  }
}

/** What the server keeps, where this tab has nothing; `unread` where it did not say. */
export async function keptElsewhere<T>(itemCode: string): Promise<T | 'unread' | null> {
  const tab = tabDraft(itemCode)
  if (tab.read() !== null) return tab.behind() === 'unread' ? 'unread' : null
  try {
    return await readDraft<T>(itemCode)
  } catch {
    return 'unread'
  }
}

/** Not the network, not a busy server: the same again would be refused the same way. */
function refusedForGood(error: unknown): boolean {
  return (
    error instanceof Problem &&
    error.status >= 400 &&
    error.status < 500 &&
    !PASSING.includes(error.status)
  )
}
const PASSING = [408, 409, 425, 429]
