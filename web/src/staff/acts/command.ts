/** An act's form: one command on one version of one case, sent once. */
import { type Command, command, type Commands } from '@/api/cases'
import { type Sending, useSending } from '@/api/submission'
import type { CaseEvent, CaseView } from '@/api/types'

export interface ActProps {
  view: CaseView
  events: readonly CaseEvent[]
  etag: string | null
}

export function useCommand<C extends Command>(
  props: ActProps,
  name: C,
): Sending<[Commands[C]], unknown> {
  return useSending((key: string, body: Commands[C]) =>
    command(props.view.case_no, name, body, key, props.etag),
  )
}
