/** Which materials an application still lacks: the any-of groups and the tolerated ones. */
import type { Material } from '@/api/types'

/** Required materials that are not there. Of an alternative group one is enough. */
export function missing(materials: readonly Material[], given: ReadonlySet<string>): Material[] {
  return materials.filter((material) => {
    if (!material.required || given.has(material.id)) return false
    const group = material.alternative_group
    if (group === null) return true
    return !materials.some((other) => other.alternative_group === group && given.has(other.id))
  })
}

/** Of the missing ones, those without which the application is not taken in. */
export function blocking(materials: readonly Material[], given: ReadonlySet<string>): Material[] {
  return missing(materials, given).filter((material) => !material.tolerable_missing)
}

/** `任选其一` for a group member, `必须`, `可后补`, or `有就带`. */
export function needText(material: Material): string {
  if (material.alternative_group !== null) return '同类任选一份'
  if (!material.required) return '有就带上'
  return material.tolerable_missing ? '可以后补' : '必须'
}

const PLAIN_FORMS: Record<string, string> = {
  电子或纸质: '拍照上传,或带原件到窗口',
}

export function formText(form: string): string {
  return PLAIN_FORMS[form] ?? form
}
