/** A certificate as a sheet shows it, whichever way it was read. */
import type { CertificateFile, CertificatePrint, CertificateType, Offered } from '@/api/types'
import { dateText } from './dates'

export interface Sheet {
  name: string
  issuer: string
  identifier: string
  rows: { label: string; value: string }[]
  /** What the QR code says: an address of the verification page. */
  address: string
}

/** GB/T 36903 short names of the holder's two items. */
const HOLDER_LABELS: Record<string, string> = { CZZT: '持证主体', CZZTDM: '持证主体代码' }

/** The same in everybody's words, where no certificate is shown. */
export const PLAIN_LABELS: Record<string, string> = { CZZT: '姓名或名称', CZZTDM: '证件号码' }

const SHOW_PREFIX = 'yichuang-show:'

export function sheetOfPrint(print: CertificatePrint, origin: string): Sheet {
  const { summary } = print
  return {
    name: summary.name,
    issuer: summary.issuer_name,
    identifier: summary.identifier,
    rows: [
      ...print.items.map(({ label, value }) => ({ label, value: plainValue(value) })),
      { label: '发证日期', value: dateText(summary.issued_on) },
      { label: '有效期', value: validText(summary.valid_to) },
    ],
    address: verifyAddress(print.qr, origin),
  }
}

export function sheetOfFile(
  file: CertificateFile,
  types: readonly CertificateType[],
  origin: string,
): Sheet {
  const { meta } = file
  const until = meta.ZZYXQJZRQ ?? ''
  return {
    name: meta.ZZMC ?? '',
    issuer: meta.ZZBFJG ?? '',
    identifier: meta.ZZBS ?? '',
    rows: [
      ...rowsOf(file, types),
      { label: '发证日期', value: dateText(meta.ZZBFRQ) },
      { label: '有效期', value: validText(until === '长期' ? null : until) },
    ],
    address: verifyAddress(meta.ZZBS ?? '', origin),
  }
}

/** The items that a file shows, by their names in the type's definition. */
export function rowsOf(
  file: CertificateFile,
  types: readonly CertificateType[],
): { label: string; value: string }[] {
  const fields = types.find((type) => type.code === file.meta.ZZLXDM)?.fields ?? []
  const labels = new Map(fields.map(({ name, label }) => [name, label]))
  return Object.entries(file.claims).flatMap(([name, claim]) =>
    claim.value === undefined
      ? []
      : [
          {
            label: HOLDER_LABELS[name] ?? labels.get(name) ?? name,
            value: plainValue(claim.value),
          },
        ],
  )
}

/** What the items of any type are called; each name once. */
export function fieldLabels(names: readonly string[], types: readonly CertificateType[]): string[] {
  const labels = new Map(
    types.flatMap(({ fields }) => fields.map(({ name, label }) => [name, label])),
  )
  return [...new Set(names.map((name) => PLAIN_LABELS[name] ?? labels.get(name) ?? name))]
}

/** The names of certificates by their identifiers, whose part behind the root is the type's code. */
export function namesOf(
  identifiers: readonly string[],
  types: readonly CertificateType[],
): string[] {
  const names = new Map(types.map(({ code, name }) => [code, name]))
  return identifiers.map((identifier) => names.get(identifier.split('.')[5] ?? '') ?? identifier)
}

/** `长期有效`, or the last day. */
export function validText(until: string | null): string {
  return until ? `至 ${dateText(until)}` : '长期有效'
}

/** Where an offered certificate comes from, in the words of whoever is to trust it. */
export function sourceText(offer: Offered): string {
  return [
    offer.issuer_name,
    `编号 ${offer.number}`,
    `${dateText(offer.issued_on)} 发证`,
    validText(offer.valid_to),
    `可信等级 ${offer.grade}(${offer.grade_label})`,
  ].join(' · ')
}

/** A date among the items is shown as the other dates are. */
function plainValue(value: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) ? dateText(value) : value
}

/** What the QR code of a showing says. Behind the `#`, so that it reaches no server but as a body. */
export function showAddress(code: string, origin: string): string {
  return `${origin}/verify#${SHOW_PREFIX}${code}`
}

export function verifyAddress(payload: string, origin: string): string {
  return `${origin}/verify?identifier=${encodeURIComponent(payload)}`
}

/**
 * What somebody typed or scanned: a whole address, a printed code's `identifier#signature`, a
 * holder's code, or the bare identifier.
 */
export function scanned(text: string): { identifier: string } | { code: string } | null {
  let said = text.trim()
  try {
    const { searchParams, hash } = new URL(said)
    said = searchParams.get('identifier') ?? (hash ? hash.slice(1) : said)
  } catch {
    // Not an address.
  }
  if (said.startsWith(SHOW_PREFIX)) return { code: said.slice(SHOW_PREFIX.length) }
  const identifier = said.split('#')[0] ?? ''
  return identifier ? { identifier } : null
}
