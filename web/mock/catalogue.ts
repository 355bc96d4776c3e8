/** The demo catalogue in the shapes of the API: the guides, and the index that pages search. */
import demo from '../../data/demo_catalogue.json'
import parity from '../../data/search_parity.json'
import type { ItemGuide, LimitUnit, Material } from '../src/api/types'

const UNITS: Record<string, LimitUnit> = {
  工作日: 'working_day',
  自然日: 'calendar_day',
  月: 'month',
}
const TYPES = new Map(demo.certificate_types.map((type) => [type.key, type]))

type Raw = (typeof demo.items)[number]

const limit = (raw: { value: number; unit: string }): { value: number; unit: LimitUnit } => ({
  value: raw.value,
  unit: UNITS[raw.unit] ?? 'working_day',
})

function material(raw: Raw['materials'][number], index: number): Material {
  const type = raw.certificate_type
  return {
    id: `m${index + 1}`,
    name: raw.material_name,
    required: raw.required,
    form: raw.form,
    source: raw.source,
    legal_basis: raw.legal_basis,
    holder_role: raw.holder_role,
    certificate_type: type ? (TYPES.get(type)?.type_code ?? null) : null,
    alternative_group: raw.alternative_group,
    tolerable_missing: raw.tolerable_missing,
    sample: {
      title: `${raw.material_name}(示例)`,
      lines: ['四角完整,文字清楚,不反光。', '内容与申请人信息一致,在有效期内。'],
    },
  }
}

function guide(raw: Raw): ItemGuide {
  const statutory = limit(raw.statutory_limit)
  return {
    code: raw.task_code,
    version: raw.task_version,
    name: raw.item_name,
    domain: raw.domain,
    body: raw.implementing_body,
    body_name: raw.implementing_body_name,
    project_type: raw.project_type_code,
    promise: limit(raw.promise_limit),
    statutory: {
      ...statutory,
      basis: raw.statutory_limit.basis,
      origin_text: raw.statutory_limit.clock_origin,
    },
    statutory_text: `${raw.statutory_limit.value}${raw.statutory_limit.unit}`,
    conditions: raw.acceptance_conditions,
    steps: raw.handling_steps,
    materials: raw.materials.map(material),
    result: {
      certificate_type: TYPES.get(raw.result.certificate_type)?.type_code ?? '',
      name: raw.result.name,
      validity_months: raw.result.validity_months,
    },
    fee: {
      charged: raw.fee.charged,
      items: raw.fee.items.map((fee) => ({
        name: fee.name,
        standard: fee.standard,
        basis: fee.basis,
        amount_fen: fee.amount_cny === null ? null : fee.amount_cny * 100,
      })),
    },
    sunk: raw.sunk.is_sunk,
    service_objects: raw.service_object_codes,
    handle_forms: raw.handle_form_codes,
    handle_area: raw.handle_area,
    on_site_visits: raw.on_site_visits,
    express_delivery: raw.express_delivery,
    assurance: 'real-name', // the demo's document says nothing, which asks for it
    available_365: raw.available_365,
    agent_service: raw.agent_service,
    note: raw.note,
    illustrative: raw.illustrative,
    disclosure: raw.public_disclosure_clause_11,
  }
}

const GUIDES = new Map(demo.items.map((raw) => [raw.task_code, guide(raw)]))

export const guideFor = (code: string): ItemGuide | undefined => GUIDES.get(code)

export const codeNamed = (name: string): string =>
  demo.items.find((raw) => raw.item_name === name)?.task_code ?? ''

/** The same index that the API builds, as the search's parity file keeps it. */
export const INDEX = parity.index

export const usccOf = (body: string): string =>
  demo.bodies.find((each) => each.key === body)?.uscc ?? ''

export const BODIES = demo.bodies.map(({ key, name }) => ({ key, name }))

/** `GET /v1/certificate-types`. */
export const CERTIFICATE_TYPES = demo.certificate_types.map((type) => ({
  code: type.type_code,
  name: type.name,
  fields: [{ name: 'KZ_BLSX', label: '办理事项', personal: false }],
}))
