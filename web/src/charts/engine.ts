/**
 * The part of ECharts that the product draws with. Imported only by `FigureChart`, when the first
 * chart is shown, so that it is a bundle of its own which no citizen's page ever loads.
 */
import { BarChart, LineChart, ScatterChart } from 'echarts/charts'
import { GridComponent, LegendComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import { CanvasRenderer } from 'echarts/renderers'

use([
  BarChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  LabelLayout,
  CanvasRenderer,
])

export { init }
