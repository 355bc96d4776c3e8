/** Letters against sounds: `juzz` spells 居住证 as ju, z(hu), z(heng). */

/** For each character of a text, the syllables it can be read as. */
export type Sounds = readonly (readonly string[])[]

const FROM_THE_FIRST = 0.5
const BEGUN = 0.5

/**
 * How many characters from `start` the letters from `at` on spell, each by the beginning of one of
 * its syllables. All letters must be used up; 0 if they cannot be.
 */
export function soundsLike(run: string, sounds: Sounds, at = 0, start = 0): number {
  for (const syllable of sounds[start] ?? []) {
    let longest = 0
    while (longest < syllable.length && run[at + longest] === syllable[longest]) longest += 1
    for (let used = longest; used > 0; used -= 1) {
      if (at + used === run.length) return 1
      const further = soundsLike(run, sounds, at + used, start + 1)
      if (further) return further + 1
    }
  }
  return 0
}

/** The part of a name that the letters spell, from any character on; more from the first. */
export function shareSounded(run: string, sounds: Sounds): number {
  let best = 0
  for (let start = 0; start < sounds.length; start += 1) {
    const count = soundsLike(run, sounds, 0, start)
    if (count) best = Math.max(best, count / sounds.length + (start === 0 ? FROM_THE_FIRST : 0))
  }
  return best
}

/** 1 if the letters spell a word or contain it in full; part of 1 if they only begin it. */
export function wordSounded(run: string, sounds: Sounds): number {
  const spelt = soundsLike(run, sounds)
  if (spelt === sounds.length) return 1
  if (sounds.length > 1 && run.includes(sounds.map(([first]) => first).join(''))) return 1
  return spelt > 1 ? BEGUN : 0
}
