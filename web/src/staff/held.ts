/** What the certificate store holds of the client at the window, asked as soon as it is known who
 * that is, and again when it is somebody else. */
import { onScopeDispose, ref, type Ref, watch } from 'vue'
import { clientPrefill } from '@/api/certificates'
import { asProblem } from '@/api/submission'
import type { ItemGuide, Offered } from '@/api/types'
import { applicantFaults, type ApplicantForm, personOf } from '@/domain/applicant'
import type { Attachments } from '@/domain/attachments'

/** While somebody still types, nobody is asked about: every look is on the client's record. */
const PAUSE_MS = 600

export interface HeldForClient {
  offers: Ref<Offered[]>
  state: Ref<'idle' | 'asking' | 'answered' | 'failed'>
  nameDiffers: Ref<boolean>
  ask: () => Promise<void>
}

export function useHeldForClient(
  item: Ref<ItemGuide | null>,
  applicant: ApplicantForm,
  attachments: Attachments,
): HeldForClient {
  const offers = ref<Offered[]>([])
  const state = ref<'idle' | 'asking' | 'answered' | 'failed'>('idle')
  const nameDiffers = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let turn = 0

  const key = (): string => {
    const faults = applicantFaults(applicant)
    if (!item.value || faults.name || faults.id_number) return ''
    const { id_type, id_number, name } = personOf(applicant)
    return JSON.stringify([item.value.code, id_type, id_number, name])
  }

  async function ask(): Promise<void> {
    const chosen = item.value
    if (!chosen) return
    turn += 1
    const mine = turn
    state.value = 'asking'
    try {
      const found = await clientPrefill(chosen.code, personOf(applicant))
      // Meanwhile it may be another client, or another item.
      if (mine !== turn) return
      offers.value = found.items
      nameDiffers.value = found.name_differs
      attachments.attachAll(found.items)
      state.value = 'answered'
    } catch (error) {
      if (mine !== turn) return
      asProblem(error)
      state.value = 'failed'
    }
  }

  watch(key, (known) => {
    clearTimeout(timer)
    turn += 1
    offers.value = []
    nameDiffers.value = false
    state.value = 'idle'
    attachments.detachAll()
    if (known) timer = setTimeout(() => void ask(), PAUSE_MS)
  })
  onScopeDispose(() => {
    clearTimeout(timer)
    turn += 1
  })

  return { offers, state, nameDiffers, ask }
}
