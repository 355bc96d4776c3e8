/** The charts of the monthly report, for a screen and for a sheet of paper. Pure. */
import type { EChartsCoreOption } from 'echarts/core'
import type { Count, MonthlyReport } from '@/api/figures'
import { ALARM_LEVELS } from '@/domain/words'
import { monthText } from '@/oversight/months'

const SIZE = 13
const TEXT = { color: '#1a2330', fontSize: SIZE }
const AXIS = {
  axisLabel: { ...TEXT, hideOverlap: true },
  axisLine: { lineStyle: { color: '#8794a3' } },
  axisTick: { show: false },
  splitLine: { lineStyle: { color: '#e3e8ee' } },
}
const BASE = {
  legend: { top: 0, textStyle: TEXT },
  grid: { left: 8, right: 16, top: 36, bottom: 4, containLabel: true },
}

const count = (value: Count | string | undefined): Count =>
  typeof value === 'object' ? value : { numerator: 0, denominator: null, rate: null }
const percent = (rate: number | null): number | null =>
  rate === null ? null : Math.round(rate * 10_000) / 100

const bars = (name: string, colour: string, data: number[]): object => ({
  name,
  type: 'bar',
  barMaxWidth: 28,
  itemStyle: { color: colour },
  label: { show: true, position: 'top', ...TEXT },
  data,
})

/** Cases in and out, month by month. */
export function flowOption({ trend }: MonthlyReport): EChartsCoreOption {
  const of = (key: string): number[] => trend.map((month) => count(month[key]).numerator)
  return {
    ...BASE,
    xAxis: { type: 'category', data: trend.map(({ month }) => monthText(month)), ...AXIS },
    yAxis: { type: 'value', minInterval: 1, ...AXIS },
    series: [bars('收件', '#0b57a4', of('received')), bars('办结', '#2f9e63', of('closed'))],
  }
}

/** On time and rated well, in per cent; a month with nothing to divide by has a gap. */
export function rateOption({ trend }: MonthlyReport): EChartsCoreOption {
  const line = (name: string, key: string, colour: string, symbol: string): object => ({
    name,
    type: 'line',
    symbol,
    symbolSize: 8,
    lineStyle: { color: colour, width: 2.5 },
    itemStyle: { color: colour },
    label: { show: true, ...TEXT, formatter: '{c}%' },
    data: trend.map((month) => percent(count(month[key]).rate)),
  })
  return {
    ...BASE,
    xAxis: { type: 'category', data: trend.map(({ month }) => monthText(month)), ...AXIS },
    yAxis: { type: 'value', min: 0, max: 100, ...AXIS },
    series: [
      line('按时办结率', 'on_time_rate', '#0b57a4', 'circle'),
      line('好评率', 'satisfaction_rate', '#b06000', 'diamond'),
    ],
  }
}

const LEVEL_COLOURS: Record<string, string> = {
  warning: '#e08a00',
  yellow: '#c9a400',
  red: '#b3151d',
}

/** The month's alarms by rule, most first, and beside them by level. */
export function alarmOption(report: MonthlyReport): EChartsCoreOption {
  const rules = report.alarms_by_rule.slice(0, 10).reverse()
  return {
    ...BASE,
    legend: undefined,
    grid: { ...BASE.grid, top: 4, right: 40 },
    xAxis: { type: 'value', minInterval: 1, ...AXIS },
    yAxis: { type: 'category', data: rules.map(({ code, name }) => `${code} ${name}`), ...AXIS },
    series: [
      {
        ...bars(
          '预警',
          '#0b57a4',
          rules.map(({ number }) => number),
        ),
        label: { show: true, position: 'right', ...TEXT },
      },
    ],
  }
}

export function levelOption({ alarms_by_level }: MonthlyReport): EChartsCoreOption {
  const levels = Object.keys(ALARM_LEVELS)
  return {
    ...BASE,
    legend: undefined,
    grid: { ...BASE.grid, top: 24 },
    xAxis: { type: 'category', data: levels.map((key) => ALARM_LEVELS[key]?.text ?? key), ...AXIS },
    yAxis: { type: 'value', minInterval: 1, ...AXIS },
    series: [
      {
        type: 'bar',
        barMaxWidth: 40,
        label: { show: true, position: 'top', ...TEXT },
        data: levels.map((key) => ({
          value: alarms_by_level[key] ?? 0,
          itemStyle: { color: LEVEL_COLOURS[key] },
        })),
      },
    ],
  }
}
