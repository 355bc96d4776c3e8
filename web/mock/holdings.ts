/** What the certificate store of the mock holds beside what its own cases yield, and who read it. */
import demo from '../../data/demo_catalogue.json'
import type { CaseMaterial, CertificateFile, Offered, ReadLine } from '../src/api/types'
import { instantOf } from './calendar'
import { guideFor } from './catalogue'
import { PEOPLE } from './people'
import type { Call, Route } from './server'

interface Holding {
  identifier: string
  type: string
  kind: string
  name: string
  issuer: string
  serial: string
  holder: string
  holderName: string
}

/** citizen.chen, who keeps everybody else's tests as they were. */
const HOLDER = PEOPLE.find((each) => each.account === 'citizen.chen')

const HOLDINGS: Holding[] = ['id_card', 'hukou'].flatMap((key) => {
  const type = demo.certificate_types.find((each) => each.key === key)
  const issuer = demo.bodies.find((each) => each.key === type?.issuer)
  if (!type || !issuer || !HOLDER?.holder_id_number) return []
  return [
    {
      identifier: `1.2.156.3005.2.${type.type_code}.${issuer.uscc}.2020A0005678.001.5`,
      type: type.type_code,
      kind: key,
      name: type.name,
      issuer: issuer.name,
      serial: '2020A0005678',
      holder: HOLDER.holder_id_number,
      holderName: HOLDER.name,
    },
  ]
})

/** What a case keeps of a certificate that was attached to it. */
export function sourceOf(identifier: string | null): CaseMaterial['certificate_source'] {
  const found = HOLDINGS.find((each) => each.identifier === identifier)
  if (!found) return null
  return {
    name: found.name,
    issuer: found.issuer,
    issued_on: '2020-05-06',
    valid_to: null,
    grade: 'B',
  }
}

function fileOfHolding(found: Holding): CertificateFile {
  return {
    meta: {
      ZZMC: found.name,
      ZZLXDM: found.type,
      ZZBS: found.identifier,
      ZZBFJG: found.issuer,
      ZZBFRQ: '2020-05-06',
      ZZYXQJZRQ: '长期',
    },
    claims: { CZZT: { value: found.holderName }, CZZTDM: { value: found.holder } },
    annotation: { made_for: '审批部门', purpose: '核对', status: '有效' },
  }
}

function offered(itemCode: string, number: string): Offered[] {
  return (guideFor(itemCode)?.materials ?? []).flatMap((material) => {
    const found = HOLDINGS.find(
      (each) =>
        each.holder === number &&
        each.type === material.certificate_type &&
        material.holder_role === '本人',
    )
    if (!found) return []
    return [
      {
        material_id: material.id,
        material_name: material.name,
        alternative_group: material.alternative_group,
        certificate: found.identifier,
        name: found.name,
        number: `********${found.serial.slice(-4)}`,
        issuer_name: found.issuer,
        issued_on: '2020-05-06',
        valid_from: '2020-05-06',
        valid_to: null,
        grade: 'B',
        grade_label: '颁发机构确认',
      },
    ]
  })
}

export interface Holdings {
  routes: Route[]
  /** The file of a certificate that is held, and the line of its reading; null for any other. */
  read: (call: Call, identifier: string) => CertificateFile | null
}

export function createHoldings(): Holdings {
  const reads: (ReadLine & { holder: string })[] = []

  function line(call: Call, holder: string, said: Partial<ReadLine>): void {
    reads.unshift({
      holder,
      at: instantOf(new Date()),
      act: 'certificate.offer',
      outcome: 'given',
      reader_name: call.who?.name ?? '',
      purpose: '',
      case_no: null,
      identifiers: [],
      fields: ['CZZT', 'CZZTDM'],
      reason: '',
      ...said,
    })
  }

  function read(call: Call, identifier: string): CertificateFile | null {
    const found = HOLDINGS.find((each) => each.identifier === identifier)
    if (!found) return null
    if (call.who?.holder_id_number !== found.holder) {
      line(call, found.holder, {
        act: 'certificate.read',
        purpose: call.query.get('purpose') ?? '',
        case_no: call.query.get('case_no'),
        identifiers: [found.identifier],
      })
    }
    return fileOfHolding(found)
  }

  const routes: Route[] = [
    [
      'GET',
      /^\/v1\/me\/prefill\/([^/]+)$/,
      (call, code) => ({
        body: { items: offered(code ?? '', call.who?.holder_id_number ?? ''), name_differs: false },
      }),
    ],
    [
      'POST',
      /^\/v1\/prefill$/,
      (call) => {
        const client = call.body.on_behalf_of as { id_number: string; name: string }
        const code = String(call.body.item_code)
        const found = offered(code, client.id_number)
        const differs = found.length > 0 && HOLDER?.name !== client.name
        const purpose = `收件时查找可以免交的证照:${guideFor(code)?.name ?? ''}`
        if (found.length > 0) {
          line(call, client.id_number, {
            purpose,
            outcome: differs ? 'no' : 'given',
            identifiers: differs ? [] : found.map((each) => each.certificate),
            reason: differs ? '所填姓名与证照不一致' : '',
          })
        }
        return { body: { items: differs ? [] : found, name_differs: differs } }
      },
    ],
    [
      'GET',
      /^\/v1\/me\/certificate-reads$/,
      (call) => ({
        body: {
          items: reads.filter((each) => each.holder === call.who?.holder_id_number),
          next_cursor: null,
        },
      }),
    ],
  ]
  return { routes, read }
}
