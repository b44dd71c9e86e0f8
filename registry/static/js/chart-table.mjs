/** Reads the figures of a chart from its table, and puts numbers into classes. */

/** The number of a cell as it is written in the language of the page; null where it is not known. */
export function readNumber(text, language) {
  const decimal = language === "en" ? "." : ",";
  const grouping = language === "en" ? "," : ".";
  const plain = text.trim().replaceAll(grouping, "").replace(decimal, ".");
  const found = /^-?\d+(\.\d+)?/.exec(plain);
  return found ? Number(found[0]) : null;
}

/** The drawn columns (label, unit, tone) and the rows (label, key, values) of a table. */
export function readTable(table) {
  const language = document.documentElement.lang;
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const drawn = heads.flatMap((head, at) => ("drawn" in head.dataset ? [at] : []));
  return {
    columns: drawn.map((at) => ({
      label: heads[at].textContent.trim(),
      unit: heads[at].dataset.unit,
      tone: heads[at].dataset.tone,
    })),
    rows: [...table.tBodies[0].rows].map((row) => ({
      label: row.querySelector("[data-label]").textContent.trim(),
      key: row.dataset.key,
      values: drawn.map((at) => {
        const cell = row.cells[at + 1];
        // A note stands where a figure is not shown.
        return cell.querySelector(".quiet") ? null : readNumber(cell.textContent, language);
      }),
    })),
  };
}

const MOST_CLASSES = 5;

/** The next larger of 1, 2 and 5 times a power of ten: a width that people count in. */
function roundStep(width) {
  const power = 10 ** Math.floor(Math.log10(width));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= width);
}

/** Round numbers near the bounds of classes of about as many values each (quantiles); equal steps where these meet. */
function boundsOf(sorted) {
  const range = sorted.at(-1) - sorted[0];
  const step = Math.max(1, roundStep(range / 10));
  const near = (value) => Math.round(value / step) * step;
  const shares = Array.from({ length: MOST_CLASSES - 1 }, (_, at) => (at + 1) / MOST_CLASSES);
  const quantiles = new Set(shares.map((share) => near(sorted[Math.floor(share * sorted.length)])));
  if (quantiles.size > 1) return [...quantiles];
  const wide = roundStep(range / MOST_CLASSES);
  return shares.map((_, at) => (Math.floor(sorted[0] / wide) + at + 1) * wide);
}

/** Classes of counts with round bounds, the least first: pairs of their least and their largest value. */
export function classesOf(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const distinct = [...new Set(sorted)];
  if (distinct.length <= MOST_CLASSES) return distinct.map((value) => [value, value]);
  const inside = boundsOf(sorted).filter((bound) => bound > sorted[0] && bound <= sorted.at(-1));
  const starts = [sorted[0], ...inside];
  const classes = starts.map((start, at) => [start, at + 1 < starts.length ? starts[at + 1] - 1 : sorted.at(-1)]);
  return classes.filter(([least, most]) => sorted.some((value) => value >= least && value <= most));
}
