/**
 * Charts above their tables: the figures are read from the cells of the table, so that there is one copy of them.
 * Container: [data-chart] of templates/macros/chart.html. `data-chart-idle` stands on it while nothing is left to draw.
 */
import { colourOf } from "./colours.mjs";
import { init, registerMap } from "../../vendor/echarts-6.1.0/echarts.mjs";
import { classesOf, readTable } from "./chart-table.mjs";
import { offerFiles } from "./chart-files.mjs";

// Without quotes, which would end an attribute of the saved picture.
const FONT = "Be Vietnam Pro, system-ui, sans-serif";
/** Figures without a tone: none of these is the colour of one. Decals tell neighbours apart without colour. */
const COLOURS = [colourOf("ramp-4"), colourOf("ramp-2"), colourOf("map-violet"), colourOf("map-info")];
/** What a figure means has one colour in all charts (ChartTone of registry/dashboard/chart.py), as on lists and maps. */
const TONES = {
  all: colourOf("chart-5"),
  open: colourOf("brand"),
  overdue: colourOf("map-bad-line"),
  danger: colourOf("chart-2"),
  mine: colourOf("chart-3"),
  free: colourOf("chart-6"),
  upgradable: colourOf("map-upgradable"),
  full: colourOf("map-exclusive"),
  closed: colourOf("map-none"),
  unknown: colourOf("chart-7"),
};
const RAMP = [
  colourOf("map-action-soft"),
  colourOf("ramp-2"),
  colourOf("ramp-3"),
  colourOf("ramp-4"),
  colourOf("brand-deep"),
];
const BAR_PX = 26;
/** Each of several bars of a row. */
const BARS_PX = 12;
const FRAME_PX = 96;
const MAP_PX = 340;
const LINE_PX = 180;
/** More bars than these cannot be distinguished in a picture; the table has them all. */
const MOST_BARS = 30;
const NARROW_PX = 520;
const LABEL_LINE_PX = 15;
/** About as wide as a letter of a label is, its breaks between words counted in. */
const LETTER_PX = 8;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

const labelWidth = (narrow) => (narrow ? 116 : 220);

/** Pixels that the longest label takes in its lines, so that rows do not overlap. */
function labelHeight(table, narrow) {
  const longest = Math.max(...table.rows.map(({ label }) => label.length));
  return Math.ceil((longest * LETTER_PX) / labelWidth(narrow)) * LABEL_LINE_PX;
}

const number = (value, column) => {
  const text = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 }).format(value);
  if (!column?.unit) return text;
  return column.unit === "%" ? `${text}%` : `${text} ${column.unit}`;
};

function common(table, texts, title) {
  const several = table.columns.length > 1;
  return {
    animation: !STILL.matches,
    animationDuration: 300,
    textStyle: { fontFamily: FONT, fontSize: 13, color: colourOf("map-ink") },
    color: table.columns.map(({ tone }, at) => TONES[tone] ?? COLOURS[at % COLOURS.length]),
    aria: {
      enabled: true,
      label: { description: texts.described.replace("{title}", title).replace("{rows}", table.rows.length) },
      decal: { show: several },
    },
    // A tooltip of HTML would need inline styles, which the content policy refuses.
    tooltip: { renderMode: "richText", confine: true, trigger: "axis", axisPointer: { type: "shadow" } },
    legend: several ? { type: "plain", top: 0, left: 0, itemWidth: 18, itemHeight: 12 } : undefined,
  };
}

/** Rows of legend that the labels need in a picture of this width. */
function legendHeight(table, width) {
  if (table.columns.length < 2) return 8;
  let rows = 1;
  let used = 0;
  for (const { label } of table.columns) {
    const wide = 34 + label.length * 6.8;
    if (used + wide > width && used > 0) {
      rows += 1;
      used = 0;
    }
    used += wide;
  }
  return 14 + rows * 24;
}

const axisNumber = (value) => new Intl.NumberFormat(document.documentElement.lang).format(value);

function bars(table, width, stacked) {
  const rows = table.rows.slice(0, MOST_BARS);
  const narrow = width < NARROW_PX;
  const seriesOf = (column, at) => ({
    name: column.label,
    type: "bar",
    stack: stacked ? "all" : undefined,
    barMaxWidth: 22,
    data: rows.map((row) => row.values[at]),
    label: stacked
      ? { show: false }
      : { show: true, position: "right", formatter: ({ value }) => (value === null ? "" : number(value, column)) },
    tooltip: { valueFormatter: (value) => (value === null || value === undefined ? "–" : number(value, column)) },
    itemStyle: { borderColor: colourOf("map-paper"), borderWidth: stacked ? 0.5 : 0 },
  });
  return {
    grid: { top: legendHeight(table, width), left: 4, right: stacked ? 16 : 56, bottom: 4, containLabel: true },
    xAxis: {
      type: "value",
      axisLabel: { formatter: axisNumber, hideOverlap: true },
      splitNumber: narrow ? 3 : 5,
      // Counts have no halves.
      minInterval: table.columns.some(({ unit }) => unit) ? 0 : 1,
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: rows.map(({ label }) => label),
      axisTick: { show: false },
      axisLabel: { width: labelWidth(narrow), overflow: "break", lineHeight: LABEL_LINE_PX, interval: 0 },
    },
    series: table.columns.map(seriesOf),
  };
}

/** The value as a bar, the target as a line across it. */
function targets(table, width) {
  const found = bars({ ...table, columns: table.columns.slice(0, 1) }, width, false);
  const [value, target] = table.columns;
  const rows = table.rows.slice(0, MOST_BARS).map(({ values }) => values);
  // The value is written behind the longer of both bars, where no line crosses it.
  const isBehindTarget = ([reached, aim]) => reached !== null && aim !== null && aim > reached;
  const written = (isWritten) => ({
    show: true,
    position: "right",
    formatter: ({ dataIndex }) => (isWritten(rows[dataIndex]) ? number(rows[dataIndex][0], value) : ""),
  });
  found.grid.top = legendHeight(table, width);
  found.series.push({
    name: target.label,
    type: "bar",
    // A hollow bar over the value: its end is the target, in colour, in grey and on paper.
    barGap: "-100%",
    barMaxWidth: 22,
    z: 3,
    data: rows.map(([, aim]) => aim),
    itemStyle: {
      color: colourOf("clear"),
      borderColor: colourOf("map-ink"),
      borderWidth: 2.5,
      decal: { symbol: "none" },
    },
    label: written(isBehindTarget),
    tooltip: { valueFormatter: (one) => (one === null ? "–" : number(one, target)) },
  });
  found.series[0].name = value.label;
  found.series[0].label = written((row) => row[0] !== null && !isBehindTarget(row));
  // Light, so that the frame of the target stands out on it in grey, too.
  found.series[0].itemStyle = { color: colourOf("chart-value"), decal: { symbol: "none" } };
  found.series[0].z = 2;
  return found;
}

function lines(table, width) {
  const symbols = ["circle", "triangle", "rect", "diamond"];
  const dashes = ["solid", "dashed", "dotted", [8, 3, 2, 3]];
  const [first] = table.columns;
  return {
    grid: { top: legendHeight(table, width), left: 4, right: 24, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: table.rows.map(({ label }) => label), axisLabel: { hideOverlap: true } },
    yAxis: {
      type: "value",
      minInterval: first.unit ? 0 : 1,
      axisLabel: { formatter: (value) => number(value, first) },
    },
    series: table.columns.map((column, at) => ({
      name: column.label,
      type: "line",
      symbol: symbols[at % symbols.length],
      symbolSize: 9,
      lineStyle: { type: dashes[at % dashes.length], width: 2.5 },
      data: table.rows.map((row) => row.values[at]),
      tooltip: { valueFormatter: (value) => (value === null || value === undefined ? "–" : number(value, column)) },
    })),
  };
}

async function choropleth(table, width, container, texts) {
  const answer = await fetch(container.dataset.outlines);
  if (!answer.ok) throw new Error(`outlines: ${answer.status}`);
  const outlines = await answer.json();
  const name = `communes-${container.dataset.outlines}`;
  const rough = new Set();
  for (const feature of outlines.features) {
    // Names are not unique over the years, ids are.
    feature.properties.key = String(feature.id);
    if (feature.properties.extent_quality !== "official") rough.add(feature.properties.key);
  }
  registerMap(name, outlines);
  const names = new Map(outlines.features.map((feature) => [feature.properties.key, feature.properties.name]));
  // A row of the whole province has no key.
  const known = table.rows.filter((row) => row.key && row.values[0] !== null);
  const [column] = table.columns;
  const pieces = classesOf(known.map((row) => row.values[0])).map(([low, high], at, all) => ({
    min: low,
    max: high,
    label: low === high ? number(low, column) : `${number(low)} – ${number(high)}`,
    color: RAMP[all.length === 1 ? 3 : Math.round((at * (RAMP.length - 1)) / (all.length - 1))],
  }));
  return {
    tooltip: {
      renderMode: "richText",
      confine: true,
      trigger: "item",
      formatter: ({ name: key, value }) =>
        `${names.get(key) ?? ""}: ${Number.isFinite(value) ? number(value, column) : texts.none}`,
    },
    legend: undefined,
    aria: { decal: { show: false } },
    visualMap: {
      type: "piecewise",
      pieces,
      left: 0,
      bottom: 0,
      itemGap: 5,
      outOfRange: { color: colourOf("map-paper") },
    },
    series: [
      {
        name: column.label,
        type: "map",
        map: name,
        nameProperty: "key",
        selectedMode: false,
        // A degree of longitude is shorter than one of latitude there.
        aspectScale: 0.94,
        top: 8,
        bottom: width < NARROW_PX ? 150 : 8,
        left: width < NARROW_PX ? 8 : 150,
        right: 8,
        itemStyle: { areaColor: colourOf("map-paper"), borderColor: colourOf("map-text"), borderWidth: 0.7 },
        emphasis: {
          label: { show: false },
          itemStyle: { areaColor: null, borderColor: colourOf("print-ink"), borderWidth: 2 },
        },
        label: { show: false },
        data: [
          ...known.map((row) => ({ name: row.key, value: row.values[0] })),
          ...[...rough].map((key) => ({ name: key })),
        ].reduce((found, item) => {
          const before = found.find(({ name: key }) => key === item.name);
          const dashed = rough.has(item.name) ? { borderType: "dashed" } : undefined;
          if (!before) found.push({ ...item, itemStyle: dashed });
          return found;
        }, []),
      },
    ],
  };
}

const HEIGHTS = {
  map: () => MAP_PX,
  line: () => LINE_PX,
  bars: (table, top, narrow) =>
    top +
    Math.min(table.rows.length, MOST_BARS) *
      Math.max(BAR_PX, table.columns.length * BARS_PX, labelHeight(table, narrow)) +
    40,
};

async function optionOf(container, table, texts, width) {
  const shape = container.dataset.chart;
  const base = common(table, texts, container.dataset.title);
  if (shape === "map") {
    const found = await choropleth(table, width, container, texts);
    return { ...base, ...found, aria: { ...base.aria, ...found.aria } };
  }
  const own = {
    bars: () => bars(table, width, false),
    stacked: () => bars(table, width, true),
    target: () => targets(table, width),
    line: () => lines(table, width),
  }[shape]();
  if (shape === "line") base.tooltip.axisPointer = { type: "line" };
  return { ...base, ...own };
}

function heightOf(container, table, width) {
  const shape = container.dataset.chart;
  if (shape === "map") return HEIGHTS.map() + (width < NARROW_PX ? 60 : 0);
  if (shape === "line") return HEIGHTS.line();
  const columns = shape === "bars" ? table.columns : table.columns.slice(0, 1);
  return HEIGHTS.bars({ ...table, columns }, legendHeight(table, width), width < NARROW_PX);
}

async function draw(container) {
  const picture = container.querySelector("[data-chart-picture]");
  const details = container.querySelector("[data-chart-table]");
  const table = readTable(details.querySelector("table"));
  const texts = JSON.parse(container.dataset.texts);
  if (!table.columns.length || !table.rows.some(({ values }) => values.some((value) => value !== null))) {
    container.dataset.chartIdle = "";
    return;
  }
  picture.hidden = false;
  const width = picture.clientWidth || FRAME_PX;
  const chart = init(picture, null, {
    renderer: "svg",
    locale: document.documentElement.lang === "en" ? "EN" : "VI",
    height: heightOf(container, table, width),
  });
  let drawnAt = width;
  chart.on("finished", () => (container.dataset.chartIdle = ""));
  chart.setOption(await optionOf(container, table, texts, width));
  offerFiles(container, chart);
  // The picture has the figures as well.
  details.open = false;
  const redraw = async (wide) => {
    if (!wide || Math.abs(wide - drawnAt) < 2) return;
    drawnAt = wide;
    chart.resize({ width: wide, height: heightOf(container, table, wide) });
    chart.setOption(await optionOf(container, table, texts, wide), true);
  };
  new ResizeObserver(([entry]) => redraw(entry.contentRect.width)).observe(picture);
}

function drawAll() {
  for (const container of document.querySelectorAll("[data-chart]:not([data-chart-seen])")) {
    container.dataset.chartSeen = "";
    draw(container).catch((error) => {
      console.error(error);
      const picture = container.querySelector("[data-chart-picture]");
      picture.replaceChildren(JSON.parse(container.dataset.texts).failed);
      picture.classList.add("hint");
      container.querySelector("[data-chart-table]").open = true;
      container.dataset.chartIdle = "";
    });
  }
}

drawAll();
// Charts that a job has computed come by a swap.
document.addEventListener("htmx:afterSettle", drawAll);

// On paper every table is there in whole.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("[data-chart-table]")) details.open = true;
});

for (const button of document.querySelectorAll("[data-full-screen]")) {
  const wall = document.querySelector(button.dataset.fullScreen);
  if (!wall?.requestFullscreen) continue;
  button.hidden = false;
  button.addEventListener("click", () => wall.requestFullscreen());
}
