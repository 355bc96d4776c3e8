/** What the wall's charts show, from the wall's figures. Pure. */
import type { EChartsCoreOption } from 'echarts/core'
import type { Point } from '@/api/network'
import type { Wall, WallUnit } from '@/api/types'
import { light, type Light } from '@/domain/words'

const INK = '#eaf1f9'
const DIM = '#b5c9df'
const LINE = '#35568a'
const GROUND = '#12294a'

/** On the dark ground; the same tones as the lights' words. */
export const TONES: Record<Light['tone'], string> = {
  ok: '#54d18c',
  soon: '#ffb454',
  late: '#ffe27a',
  grave: '#ff7b7b',
  over: '#9fb0c3',
}

/** A shape for each light, because colour alone tells nothing to many people. */
const SHAPES: Record<Light['tone'], string> = {
  ok: 'circle',
  soon: 'triangle',
  late: 'rect',
  grave: 'diamond',
  over: 'circle',
}

/** `size` is the wall's letter, in pixels: everything is readable from as far as the text is. */
export function flowOption(hours: Wall['hours'], size: number): EChartsCoreOption {
  const bars = (
    name: string,
    colour: string,
    of: (hour: Wall['hours'][number]) => number,
  ): object => ({
    name,
    type: 'bar',
    barGap: '8%',
    barCategoryGap: '22%',
    itemStyle: { color: colour },
    label: {
      show: true,
      position: 'top',
      distance: 2,
      color: INK,
      fontSize: size * 0.85,
      formatter: ({ value }: { value: number }) => (value ? String(value) : ''),
    },
    data: hours.map(of),
  })
  return {
    legend: { top: 0, right: 0, itemGap: size, textStyle: { color: INK, fontSize: size } },
    grid: { left: 0, right: 0, top: size * 2.4, bottom: size * 1.5, containLabel: false },
    xAxis: {
      type: 'category',
      data: hours.map(({ hour }) => `${Number(hour.slice(11, 13))}时`),
      axisLabel: { color: DIM, fontSize: size * 0.9, hideOverlap: true },
      axisLine: { lineStyle: { color: LINE } },
      axisTick: { show: false },
    },
    yAxis: { type: 'value', show: false, minInterval: 1 },
    series: [
      bars('收件', '#58a6ff', ({ received }) => received),
      bars('办结', '#54d18c', ({ closed }) => closed),
    ],
  }
}

export interface Place {
  point: Point
  at: [number, number]
  /** Null where nothing is open and no alarm stands. */
  unit: WallUnit | null
}

/** The points that are somewhere, gravest last so that they are drawn over the others. */
export function located(points: readonly Point[], units: readonly WallUnit[]): Place[] {
  const known = new Map(units.map((unit) => [unit.name, unit]))
  const places = points.flatMap((point): Place[] => {
    const { longitude, latitude } = point.location ?? {}
    if (typeof longitude !== 'number' || typeof latitude !== 'number') return []
    return [{ point, at: [longitude, latitude], unit: known.get(point.key) ?? null }]
  })
  const gravity = (place: Place): number => graveness(place.unit?.light ?? 'green')
  return places.sort((a, b) => gravity(a) - gravity(b))
}

const ORDER = ['green', 'warning', 'yellow', 'red']

/** 0 for green to 3 for red. */
export const graveness = (colour: string): number => ORDER.indexOf(colour)

/** `春和街道`: what is left of a point's name when every one of them ends alike. */
export function shortPlace(name: string): string {
  return name
    .replace(/^.*政务服务中心(?=[^)])/, '')
    .replace(/(便民服务中心|便民服务站)$/, '')
    .replace(/^中原区/, '')
}

export function mapOption(places: readonly Place[], size: number): EChartsCoreOption {
  return {
    grid: { left: size * 3, right: size * 4, top: size, bottom: size * 2 },
    xAxis: { type: 'value', min: 'dataMin', max: 'dataMax', show: false },
    yAxis: { type: 'value', min: 'dataMin', max: 'dataMax', show: false },
    series: [
      {
        type: 'scatter',
        labelLayout: { hideOverlap: true, moveOverlap: 'shiftY' },
        data: places.map(({ point, at, unit }) => {
          const { tone } = light(unit?.light ?? 'green')
          return {
            // The name is what a click tells: the key, for names may repeat.
            name: point.key,
            value: at,
            symbol: SHAPES[tone],
            // Where two names do not fit, the larger sign keeps its own.
            symbolSize: size * (tone === 'ok' ? 0.6 : 0.8 + 0.25 * graveness(unit?.light ?? '')),
            itemStyle: { color: TONES[tone], opacity: 1 },
            label: {
              show: true,
              position: 'bottom',
              distance: 3,
              color: unit && unit.light !== 'green' ? TONES[tone] : INK,
              fontSize: size * 0.85,
              textBorderColor: GROUND,
              textBorderWidth: 3,
              formatter: `${shortPlace(point.name)}${unit ? ` ${unit.open}` : ''}`,
            },
          }
        }),
      },
    ],
  }
}
