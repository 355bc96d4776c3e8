/** The documents that one form has gathered, material by material, while they travel. */
import { reactive } from 'vue'
import { asProblem } from '@/api/submission'
import type { MaterialInput } from '@/api/types'
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
  error: string | null
}

export interface Attachments {
  list: Attachment[]
  add: (materialId: string, files: Iterable<File>) => Promise<void>
  remove: (id: number) => void
  clear: () => void
  given: () => Set<string>
  busy: () => boolean
  inputs: () => MaterialInput[]
  restore: (kept: Pick<Attachment, 'materialId' | 'name' | 'size' | 'document'>[]) => void
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

  const ready = (): Attachment[] => list.filter((each) => each.document !== null)

  return {
    list,
    add,
    remove: (id) => {
      const place = list.findIndex((each) => each.id === id)
      if (place >= 0) list.splice(place, 1)
    },
    clear: () => {
      list.splice(0)
    },
    given: () => new Set(ready().map((each) => each.materialId)),
    busy: () => list.some((each) => each.document === null && each.error === null),
    inputs: () =>
      ready().map((each) => ({ material_id: each.materialId, document: each.document ?? '' })),
    restore: (kept) => {
      for (const each of kept) {
        serial += 1
        list.push({ ...each, id: serial, progress: 1, error: null })
      }
    },
  }
}
