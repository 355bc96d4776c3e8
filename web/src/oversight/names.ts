/** What the keys in figures are called: bodies, points and items. An unknown key stays as it is. */
import { catalogue } from '@/api/items'
import { placeNames } from '@/api/network'

export async function figureNames(): Promise<Map<string, string>> {
  const [places, items] = await Promise.all([
    placeNames(),
    // Without the catalogue the numbers stand all the same.
    catalogue()
      .then((index) => index.items)
      .catch(() => []),
  ])
  return new Map([...places, ...items.map(({ code, name }): [string, string] => [code, name])])
}
