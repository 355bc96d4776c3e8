/** A document's way into the store: ask for a slot, put the bytes there, have them checked. */
import { newKey, Problem, request, Unreachable } from './http'
import type { UploadedDocument, UploadSlot } from './types'

/** What the file chooser offers; the server checks the content itself. */
export const ACCEPTED = 'image/jpeg,image/png,application/pdf,.ofd'

const TYPES: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  pdf: 'application/pdf',
  ofd: 'application/ofd',
}

const TRIES = 3

/**
 * Uploads one file; `progress` is told the part sent, 0 to 1.
 * Raises Problem in the server's words for a file that is too large or of the wrong type.
 */
export async function upload(
  file: File,
  progress: (part: number) => void = () => undefined,
): Promise<UploadedDocument> {
  const description = { name: file.name, content_type: contentType(file), size: file.size }
  const slot = await post<UploadSlot>('/v1/uploads', description)
  await stubbornly(() => put(slot, file, progress))
  return post<UploadedDocument>(`/v1/uploads/${encodeURIComponent(slot.upload_id)}/completion`, {})
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const key = newKey()
  return stubbornly(async () => (await request<T>('POST', path, { body, key })).body)
}

/** Weak signal is common, and each step may be repeated: same key, or same bytes at one address. */
async function stubbornly<T>(step: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step()
    } catch (error) {
      if (!(error instanceof Unreachable) || attempt === TRIES) throw error
    }
  }
}

/** Browsers do not know every type (`.ofd`), so the name decides where they are silent. */
export function contentType(file: { name: string; type: string }): string {
  if (file.type) return file.type
  const extension = file.name.split('.').pop()?.toLowerCase() ?? ''
  return TYPES[extension] ?? 'application/octet-stream'
}

/** XMLHttpRequest, because fetch cannot tell how much of a body has been sent. */
function put(slot: UploadSlot, file: File, progress: (part: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest()
    sending.open(slot.method, slot.url)
    for (const [name, value] of Object.entries(slot.headers)) {
      // The browser sets these itself and refuses to have them set.
      if (!/^(host|content-length)$/i.test(name)) sending.setRequestHeader(name, value)
    }
    sending.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total)
    }
    sending.onload = () => {
      if (sending.status >= 200 && sending.status < 300) resolve()
      else
        reject(new Problem(sending.status, 'upload-refused', '文件没有传上去', '请重新选择文件。'))
    }
    sending.onerror = () => reject(new Unreachable())
    sending.ontimeout = () => reject(new Unreachable())
    sending.send(file)
  })
}
