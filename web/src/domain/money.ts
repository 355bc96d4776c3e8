/** Sums of money. They travel in fen; people read and write yuan. */

export const yuan = (fen: number): string => `${(fen / 100).toFixed(2)} 元`

/** Fen of what was typed in yuan; null for what is no sum of money. */
export function fenOf(typed: string): number | null {
  const text = typed.trim()
  return /^\d{1,9}(\.\d{1,2})?$/.test(text) ? Math.round(Number(text) * 100) : null
}
