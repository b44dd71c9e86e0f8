/** The parts of ECharts that the pages use, bundled into one file by collect.mjs: SVG, bars, lines, a map of communes. */
import { BarChart, LineChart, MapChart } from "echarts/charts";
import {
  AriaComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapPiecewiseComponent,
} from "echarts/components";
import { init, registerLocale, registerMap, use } from "echarts/core";
import vi from "echarts/lib/i18n/langVI.js";
import { SVGRenderer } from "echarts/renderers";

use([
  AriaComponent,
  BarChart,
  GridComponent,
  LegendComponent,
  LineChart,
  MapChart,
  SVGRenderer,
  TooltipComponent,
  VisualMapPiecewiseComponent,
]);
registerLocale("VI", vi);

export { init, registerMap };
