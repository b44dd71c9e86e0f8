/** Reads the figures of a chart from its table, and puts numbers into classes. */

/** The number of a cell as it is written in the language of the page; null where it is not known. */
export function readNumber(text, language) {
  const decimal = language === "en" ? "." : ",";
  const grouping = language === "en" ? "," : ".";
  const plain = text.trim().replaceAll(grouping, "").replace(decimal, ".");
  const found = /^-?\d+(\.\d+)?/.exec(plain);
  return found ? Number(found[0]) : null;
}

/** The drawn columns (label, unit) and the rows (label, key, values) of a table. */
export function readTable(table) {
  const language = document.documentElement.lang;
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const drawn = heads.flatMap((head, at) => ("drawn" in head.dataset ? [at] : []));
  return {
    columns: drawn.map((at) => ({ label: heads[at].textContent.trim(), unit: heads[at].dataset.unit })),
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

/** Classes of about as many values each (quantiles): pairs of their least and their largest value, the least first. */
export function classesOf(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const distinct = new Set(sorted).size;
  const count = Math.min(MOST_CLASSES, distinct);
  const found = [];
  let from = 0;
  for (let at = 1; at <= count && from < sorted.length; at += 1) {
    let to = Math.max(from + 1, Math.round((at * sorted.length) / count));
    // Equal values are in one class.
    while (to < sorted.length && sorted[to] === sorted[to - 1]) to += 1;
    found.push([sorted[from], sorted[to - 1]]);
    from = to;
  }
  return found;
}
