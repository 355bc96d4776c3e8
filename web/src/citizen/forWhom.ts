/** For whom an application is: oneself, or somebody whose mandate one holds. */
import { computed, type ComputedRef, ref, type Ref } from 'vue'
import { type Mandate, mandatesToApply } from '@/api/hall'

export const SELF = 'self'

export interface ForWhom {
  /** `self`, or the id of a mandate. */
  chosen: Ref<string>
  mandate: ComputedRef<Mandate | null>
  options: ComputedRef<{ value: string; text: string; hint?: string }[]>
}

export function useForWhom(itemCode: string): ForWhom {
  const held = ref<Mandate[]>([])
  const chosen = ref(SELF)
  // Nobody is kept from applying for himself because his mandates cannot be read.
  mandatesToApply(itemCode).then(
    (found) => {
      held.value = found
      // A draft may name a mandate that has ended since.
      if (mandate.value === null) chosen.value = SELF
    },
    () => {
      chosen.value = SELF
    },
  )
  const options = computed(() => [
    { value: SELF, text: '我自己' },
    ...held.value.map((each) => ({
      value: each.id,
      text: `替 ${each.principal.name} 办`,
      hint: each.relation_name ? `${each.kind_name}(${each.relation_name})` : each.kind_name,
    })),
  ])
  const mandate = computed(() => held.value.find((each) => each.id === chosen.value) ?? null)
  return { chosen, mandate, options }
}
