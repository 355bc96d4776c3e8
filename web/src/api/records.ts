/** A case's documents and dossier, the person in full, and why one may or may not act. */
import { get, newKey, request } from './http'
import type { ActReason, CaseDocument, DocumentRow, Dossier, Page } from './types'

const at = (no: string): string => `/v1/cases/${encodeURIComponent(no)}`

export async function readDocuments(no: string): Promise<DocumentRow[]> {
  return (await get<Page<DocumentRow>>(`${at(no)}/documents`)).items
}

export function readDocument(no: string, number: string): Promise<CaseDocument> {
  return get<CaseDocument>(`${at(no)}/documents/${encodeURIComponent(number)}`)
}

export function readDossier(no: string): Promise<Dossier> {
  return get<Dossier>(`${at(no)}/dossier`)
}

/** Where the whole dossier can be downloaded, for a short while. */
export async function dossierArchive(no: string, purpose: string): Promise<{ url: string }> {
  const path = `${at(no)}/dossier/archive`
  return (await request<{ url: string }>('POST', path, { body: { purpose }, key: newKey() })).body
}

export type PersonField = 'name' | 'id_number' | 'phone' | 'address'

/** The applicant's data in full; the applicant reads who asked, and what for. */
export async function reveal(
  no: string,
  fields: PersonField[],
  purpose: string,
): Promise<Partial<Record<PersonField, string>>> {
  const body = { fields, purpose }
  const answer = await request<{ fields: Partial<Record<PersonField, string>> }>(
    'POST',
    `${at(no)}/reveals`,
    { body, key: newKey() },
  )
  return answer.body.fields
}

export async function explainAccess(no: string): Promise<ActReason[]> {
  return (await get<Page<ActReason>>(`${at(no)}/access`)).items
}

export interface OpenedMaterial {
  url: string
  /** Seconds that the address is good for. */
  expires_in: number
  content_type: string
  size: number
}

/** Where an uploaded material can be fetched; the applicant reads that staff opened it. */
export function openMaterial(no: string, sha256: string): Promise<OpenedMaterial> {
  return get<OpenedMaterial>(`${at(no)}/materials/${encodeURIComponent(sha256)}`)
}
