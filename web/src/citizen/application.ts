/** One online application: its four steps, its draft, and where a refusal belongs. */
import { computed, reactive, ref, watch } from 'vue'
import { myPrefill } from '@/api/certificates'
import { dropDraft as dropKept, readDraft, saveDraft } from '@/api/drafts'
import { type FieldProblem, Problem } from '@/api/http'
import type { DeliveryChannel, ItemGuide, Offered, Submission } from '@/api/types'
import { applicantFaults, emptyApplicant, idTypesFor, personOf } from '@/domain/applicant'
import { useAttachments } from '@/domain/attachments'
import { blocking, lackText, missing } from '@/domain/materials'
import { knownPerson } from '@/session'
import { tabDraft, useDraftKeeper } from './draft'
import { SELF, useForWhom } from './forWhom'

export const STEPS = ['填信息', '交材料', '怎么领', '核对提交'] as const

/** What a draft keeps: at once in the tab's own storage, and after a pause on the server. */
export interface Draft {
  /** `self`, or the mandate by which it is for somebody else. */
  forWhom: string
  applicant: ReturnType<typeof emptyApplicant>
  statement: string
  delivery: { channel: DeliveryChannel; address: string }
  documents: { materialId: string; name: string; size: number; document: string | null }[]
  step: number
}

/** The step on which the field of a JSON pointer stands. */
export function stepOf(pointer: string): number {
  if (pointer.startsWith('/materials')) return 1
  if (pointer.startsWith('/delivery')) return 2
  return ['/applicant', '/form', '/mandate', '/phone'].some((at) => pointer.startsWith(at)) ? 0 : 3
}

/** `kept` is what the server has of it, `unread` where it did not say. */
export function useApplication(item: ItemGuide, kept: Draft | 'unread' | null = null) {
  const known = knownPerson()
  const idTypes = idTypesFor(item)
  const idType = idTypes.find((each) => each === known.idType) ?? idTypes[0]
  const applicant = reactive({
    ...emptyApplicant(idType),
    // Only what belongs to this kind of applicant: a person is not a company's number.
    ...(idType === known.idType ? { name: known.name, idNumber: known.idNumber } : {}),
    phone: known.phone,
  })
  const delivery = reactive<{ channel: DeliveryChannel; address: string }>({
    channel: item.result ? 'window' : 'electronic',
    address: '',
  })
  const statement = ref('')
  const forWhom = useForWhom(item.code)
  const attachments = useAttachments()
  const step = ref(0)
  /** Messages by JSON pointer: the page's own checks, or the server's. */
  const faults = reactive<Record<string, string>>({})

  const tab = tabDraft(item.code)
  /** Whether the server may have a draft that nobody here has seen. */
  let unread = kept === 'unread'
  /** That draft, until the person says which of the two goes on. */
  const older = ref<Draft | null>(null)
  const keeper = useDraftKeeper({
    save: async (content, leaving) => {
      if (unread) {
        older.value = await readDraft<Draft>(item.code)
        unread = false
      }
      if (older.value) throw new Problem(409, 'two-drafts', '另有一份草稿', '')
      await saveDraft(item.code, content, leaving)
    },
    drop: () => dropKept(item.code),
    lacking: (lacks) => tab.mark(lacks ? (unread || older.value ? 'unread' : 'unsaved') : ''),
  })
  const begun = tab.read()
  if (begun !== null) restore(JSON.parse(begun) as Draft)
  else if (kept && kept !== 'unread') restore(kept)
  let handedIn = false
  let written = JSON.stringify(snapshot())
  if (begun !== null && tab.behind()) keeper.keep(snapshot())

  /** What the certificate store holds: `asking` until it has answered, `failed` where it did not. */
  const offers = ref<Offered[]>([])
  const store = ref<'asking' | 'answered' | 'failed'>('asking')

  async function askStore(): Promise<void> {
    if (forWhom.mandate.value) {
      // What the store holds is the caller's own; the server attaches what the applicant has.
      offers.value = []
      store.value = 'answered'
      return
    }
    store.value = 'asking'
    try {
      const found = (await myPrefill(item.code)).items
      // Meanwhile it may have become an application for somebody else.
      if (forWhom.mandate.value) return
      offers.value = found
      attachments.attachAll(offers.value)
      store.value = 'answered'
    } catch {
      store.value = 'failed'
    }
  }
  void askStore()
  watch(
    () => forWhom.mandate.value?.id,
    () => {
      attachments.detachAll()
      void askStore()
    },
  )

  const offerFor = (materialId: string): Offered | undefined =>
    offers.value.find((each) => each.material_id === materialId)
  /** How many materials the person is spared. */
  const spared = computed(() => attachments.list.filter((each) => each.certificate).length)

  watch([applicant, delivery, statement, attachments.list, step, forWhom.chosen], keepDraft, {
    deep: true,
  })

  const channels = computed(() => {
    const offered: { value: DeliveryChannel; text: string; hint: string }[] = [
      { value: 'electronic', text: '电子证照', hint: '办好后在手机“我的证照”里看,不用跑' },
      { value: 'window', text: '到政务服务中心窗口领', hint: '带上身份证' },
    ]
    if (item.express_delivery) {
      offered.push({ value: 'courier', text: '快递送到家', hint: '填写收件地址' })
    }
    return offered
  })

  const lacking = computed(() => missing(item.materials, attachments.given()))

  function setFaults(found: Record<string, string>): boolean {
    for (const pointer of Object.keys(faults)) delete faults[pointer]
    Object.assign(faults, found)
    return Object.keys(found).length === 0
  }

  /** Checks the step that is shown; true lets the person go on. */
  function checkStep(): boolean {
    if (step.value === 0) {
      const found = Object.entries(applicantFaults(applicant)).filter(
        // The mandate knows the applicant: only where to call is asked.
        ([name]) => !forWhom.mandate.value || name === 'phone',
      )
      return setFaults(
        Object.fromEntries(found.map(([name, words]) => [`/applicant/${name}`, words])),
      )
    }
    if (step.value === 1) {
      if (attachments.busy()) return setFaults({ '/materials': '材料还在上传,请稍等一下。' })
      const lacks = blocking(item.materials, attachments.given())
      return setFaults(
        Object.fromEntries(
          lacks.map((each) => [`/materials/${each.id}`, `还缺:${lackText(each)}`]),
        ),
      )
    }
    if (step.value === 2 && delivery.channel === 'courier' && !delivery.address.trim()) {
      return setFaults({ '/delivery/address': '请填写收件地址。' })
    }
    return setFaults({})
  }

  /** Puts the server's messages on their fields and goes to the first step that has one. */
  function takeErrors(errors: readonly FieldProblem[]): void {
    if (errors.length === 0) return
    setFaults(Object.fromEntries(errors.map(({ pointer, message }) => [pointer, message])))
    step.value = Math.min(...errors.map(({ pointer }) => stepOf(pointer)))
  }

  function submission(): Submission {
    return {
      item_code: item.code,
      ...(forWhom.mandate.value
        ? { mandate: forWhom.mandate.value.id, phone: personOf(applicant).phone }
        : { applicant: personOf(applicant) }),
      form: statement.value.trim() ? { statement: statement.value.trim() } : {},
      materials: attachments.inputs(),
      delivery: {
        channel: delivery.channel,
        ...(delivery.channel === 'courier' ? { address: delivery.address.trim() } : {}),
      },
    }
  }

  function snapshot(): Draft {
    return {
      forWhom: forWhom.chosen.value,
      applicant: { ...applicant },
      statement: statement.value,
      delivery: { ...delivery },
      documents: attachments.list
        .filter((each) => each.document)
        .map(({ materialId, name, size, document }) => ({ materialId, name, size, document })),
      step: step.value,
    }
  }

  function keepDraft(): void {
    if (handedIn) return
    const draft = snapshot()
    const text = JSON.stringify(draft)
    // What the store attached, or a page that was only opened, is nothing to keep.
    if (text === written) return
    written = text
    tab.write(text)
    keeper.keep(draft)
  }

  /** The item may have changed since: only what still has a place in the form comes back. */
  function restore(draft: Draft): void {
    Object.assign(applicant, draft.applicant)
    if (idType && !idTypes.includes(applicant.idType)) applicant.idType = idType
    Object.assign(delivery, draft.delivery)
    if (delivery.channel === 'courier' && !item.express_delivery) delivery.channel = 'window'
    statement.value = draft.statement
    forWhom.chosen.value = draft.forWhom ?? SELF
    attachments.clear()
    attachments.restore(
      draft.documents.filter((kept) => item.materials.some((each) => each.id === kept.materialId)),
    )
    step.value = Math.min(draft.step, STEPS.length - 1)
  }

  /** Which of two drafts goes on: the one kept before, or what was filled in here meanwhile. */
  function settleDrafts(take: 'older' | 'mine'): void {
    const found = older.value
    older.value = null
    if (take === 'older' && found) {
      restore(found)
      attachments.attachAll(offers.value)
    }
    keeper.keep(snapshot())
  }

  /** Handed in: the emptied form is no draft either. */
  function dropDraft(): void {
    handedIn = true
    tab.forget()
    void keeper.drop()
  }

  return {
    idTypes,
    forWhom,
    applicant,
    delivery,
    statement,
    attachments,
    step,
    faults,
    channels,
    lacking,
    store,
    askStore,
    offerFor,
    spared,
    checkStep,
    takeErrors,
    submission,
    older,
    settleDrafts,
    draftState: keeper.state,
    dropDraft,
  }
}
