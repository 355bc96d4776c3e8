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

const PUT_TRIES = 3

/**
 * Uploads one file; `progress` is told the part sent, 0 to 1.
 * Raises Problem in the server's words for a file that is too large or of the wrong type.
 */
export async function upload(
  file: File,
  progress: (part: number) => void = () => undefined,
): Promise<UploadedDocument> {
  const description = { name: file.name, content_type: contentType(file), size: file.size }
  const slot = (
    await request<UploadSlot>('POST', '/v1/uploads', { body: description, key: newKey() })
  ).body
  await putWithRetries(slot, file, progress)
  const done = `/v1/uploads/${encodeURIComponent(slot.upload_id)}/completion`
  return (await request<UploadedDocument>('POST', done, { body: {}, key: newKey() })).body
}

/** Browsers do not know every type (`.ofd`), so the name decides where they are silent. */
export function contentType(file: { name: string; type: string }): string {
  if (file.type) return file.type
  const extension = file.name.split('.').pop()?.toLowerCase() ?? ''
  return TYPES[extension] ?? 'application/octet-stream'
}

async function putWithRetries(
  slot: UploadSlot,
  file: File,
  progress: (part: number) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await put(slot, file, progress)
      return
    } catch (error) {
      // Putting the same bytes at the same address again is harmless; weak signal is common.
      if (!(error instanceof Unreachable) || attempt === PUT_TRIES) throw error
    }
  }
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
