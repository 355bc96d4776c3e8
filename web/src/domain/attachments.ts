/** What one form has gathered, material by material: documents while they travel, and
 * certificates of the store by reference. */
import { reactive } from 'vue'
import { asProblem } from '@/api/submission'
import type { MaterialInput, Offered } from '@/api/types'
import { upload } from '@/api/uploads'

export interface Attachment {
  id: number
  materialId: string
  name: string
  size: number
  /** Part sent, 0 to 1. */
  progress: number
  /** The store's reference, once the document is there. */
  document: string | null
  /** The certificate that stands in for a document. */
  certificate: Offered | null
  error: string | null
}

export type KeptDocument = Pick<Attachment, 'materialId' | 'name' | 'size' | 'document'>

export interface Attachments {
  list: Attachment[]
  add: (materialId: string, files: Iterable<File>) => Promise<void>
  /** Attaches a certificate by reference, in the place of another of the same material. */
  attach: (offer: Offered) => void
  /** Attaches what is offered wherever nothing is there yet. */
  attachAll: (offers: readonly Offered[]) => void
  /** Takes every certificate away: they were somebody else's. */
  detachAll: () => void
  remove: (id: number) => void
  clear: () => void
  given: () => Set<string>
  busy: () => boolean
  inputs: () => MaterialInput[]
  restore: (kept: KeptDocument[]) => void
}

/** State of its own for each form: nothing is shared between two applicants. */
export function useAttachments(send: typeof upload = upload): Attachments {
  const list = reactive<Attachment[]>([])
  let serial = 0

  async function add(materialId: string, files: Iterable<File>): Promise<void> {
    await Promise.all(Array.from(files, (file) => addOne(materialId, file)))
  }

  async function addOne(materialId: string, file: File): Promise<void> {
    serial += 1
    const id = serial
    list.push({
      id,
      materialId,
      name: file.name,
      size: file.size,
      progress: 0,
      document: null,
      certificate: null,
      error: null,
    })
    // The reactive copy, and only while it is still wanted: a removed one is forgotten.
    const entry = (): Attachment | undefined => list.find((each) => each.id === id)
    try {
      const done = await send(file, (part) => {
        const mine = entry()
        if (mine) mine.progress = part
      })
      const mine = entry()
      if (mine) Object.assign(mine, { document: done.document, progress: 1, size: done.size })
    } catch (error) {
      const mine = entry()
      const problem = asProblem(error)
      if (mine) mine.error = problem.detail || problem.title
    }
  }

  function attach(offer: Offered): void {
    detach((each) => each.materialId === offer.material_id)
    serial += 1
    list.push({
      id: serial,
      materialId: offer.material_id,
      name: offer.name,
      size: 0,
      progress: 1,
      document: null,
      certificate: offer,
      error: null,
    })
  }

  function detach(which: (each: Attachment) => boolean): void {
    for (let place = list.length - 1; place >= 0; place -= 1) {
      const each = list[place]
      if (each?.certificate && which(each)) list.splice(place, 1)
    }
  }

  const ready = (): Attachment[] => list.filter((each) => each.document ?? each.certificate)

  return {
    list,
    add,
    attach,
    attachAll: (offers) => {
      for (const offer of offers) {
        if (!list.some((each) => each.materialId === offer.material_id)) attach(offer)
      }
    },
    detachAll: () => {
      detach(() => true)
    },
    remove: (id) => {
      const place = list.findIndex((each) => each.id === id)
      if (place >= 0) list.splice(place, 1)
    },
    clear: () => {
      list.splice(0)
    },
    given: () => new Set(ready().map((each) => each.materialId)),
    busy: () => list.some((each) => !each.document && !each.certificate && !each.error),
    inputs: () =>
      ready().map(({ materialId, certificate, document }) =>
        certificate
          ? { material_id: materialId, certificate: certificate.certificate }
          : { material_id: materialId, document: document ?? '' },
      ),
    restore: (kept) => {
      for (const each of kept) {
        serial += 1
        list.push({ ...each, id: serial, progress: 1, certificate: null, error: null })
      }
    },
  }
}
