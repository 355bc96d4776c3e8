/** Certificates: one's own, the one a window prints, and checking one that somebody shows. */
import { get, newKey, request } from './http'
import type {
  CertificateFile,
  CertificatePrint,
  CertificateSummary,
  CertificateType,
  Page,
  Person,
  Prefill,
  Presentation,
  ReadLine,
  Verification,
} from './types'

const at = (identifier: string): string => `/v1/certificates/${encodeURIComponent(identifier)}`

export function myCertificates(): Promise<Page<CertificateSummary>> {
  return get<Page<CertificateSummary>>('/v1/me/certificates')
}

/** What the store holds of the caller for an item, so that he need not hand it in. */
export function myPrefill(itemCode: string): Promise<Prefill> {
  return get<Prefill>(`/v1/me/prefill/${encodeURIComponent(itemCode)}`)
}

/** The same for the client at a window; the client can read that somebody looked. */
export async function clientPrefill(
  itemCode: string,
  client: Pick<Person, 'id_type' | 'id_number' | 'name'>,
): Promise<Prefill> {
  const { id_type, id_number, name } = client
  const body = { item_code: itemCode, on_behalf_of: { id_type, id_number, name } }
  return (await request<Prefill>('POST', '/v1/prefill', { body, key: newKey() })).body
}

/** What a case needs of a certificate that was attached to it, for the body that decides. */
export function readCertificate(
  identifier: string,
  caseNo: string,
  purpose: string,
): Promise<CertificateFile> {
  return get<CertificateFile>(at(identifier), { case_no: caseNo, purpose })
}

/** The holder's own whole file. */
export function myCertificate(identifier: string): Promise<CertificateFile> {
  return get<CertificateFile>(at(identifier))
}

/** For the window that delivers the case's result: reading names its case and its purpose. */
export function printCertificate(identifier: string, caseNo: string): Promise<CertificatePrint> {
  return get<CertificatePrint>(`${at(identifier)}/print`, {
    case_no: caseNo,
    purpose: '窗口打印送达',
  })
}

let types: Promise<CertificateType[]> | null = null

/** What the fields of each type are called. */
export function certificateTypes(): Promise<CertificateType[]> {
  types ??= get<Page<CertificateType>>('/v1/certificate-types')
    .then((page) => page.items)
    .catch((error: unknown) => {
      types = null
      throw error
    })
  return types
}

export async function present(
  identifier: string,
  fields: string[],
  key: string,
): Promise<Presentation> {
  const path = `/v1/me/certificates/${encodeURIComponent(identifier)}/presentations`
  return (await request<Presentation>('POST', path, { body: { fields }, key })).body
}

export function myReads(cursor?: string): Promise<Page<ReadLine>> {
  return get<Page<ReadLine>>('/v1/me/certificate-reads', { cursor })
}

export type Asked =
  { identifier: string; check: Record<string, string> } | { presentation_code: string }

/** Match or no match; or, for a holder's code, what the holder chose to show. */
export async function verify(asked: Asked): Promise<Verification> {
  return (
    await request<Verification>('POST', '/v1/certificates/verify', { body: asked, key: newKey() })
  ).body
}
