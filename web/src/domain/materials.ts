/** Which materials an application still lacks: the any-of groups and the tolerated ones. */
import type { Material } from '@/api/types'

/**
 * Materials that are needed and not there. Of an alternative group (三选一) one is enough, whichever;
 * while none is there the group stands here once, by its first member.
 */
export function missing(materials: readonly Material[], given: ReadonlySet<string>): Material[] {
  const groups = new Set<string>()
  return materials.filter((material) => {
    const group = material.alternative_group
    if (group === null) return material.required && !given.has(material.id)
    if (groups.has(group)) return false
    groups.add(group)
    return !materials.some((other) => other.alternative_group === group && given.has(other.id))
  })
}

/** Of the missing ones, those without which the application is not taken in. */
export function blocking(materials: readonly Material[], given: ReadonlySet<string>): Material[] {
  return missing(materials, given).filter((material) => !material.tolerable_missing)
}

/** What to say of a missing one: its name, or that one of its group is wanted. */
export function lackText(material: Material): string {
  return material.alternative_group ?? material.name
}

/** `必须`, `可以后补`, `有就带上`, or the group of which one is enough. */
export function needText(material: Material): string {
  if (material.alternative_group !== null) return material.alternative_group
  if (!material.required) return '有就带上'
  return material.tolerable_missing ? '可以后补' : '必须'
}

/** How many one must bring, an any-of group counted once; more is listed where it helps. */
export function needed(materials: readonly Material[]): string {
  const least = missing(materials, new Set()).length
  return least === materials.length ? `${least} 样` : `至少 ${least} 样`
}

const PLAIN_FORMS: Record<string, string> = {
  电子或纸质: '拍照上传,或带原件到窗口',
}

export function formText(form: string): string {
  return PLAIN_FORMS[form] ?? form
}
