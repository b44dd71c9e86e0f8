/** The review desk: a row of the table is dragged before or after another one; the keys do the same without a mouse. */

const FORM = "form[data-arrange]";

/** [act, other row] of a row dropped over another one of the same table: before those above it, after those below. */
export function dropOf(rows, moved, target) {
  const [from, to] = [rows.indexOf(moved), rows.indexOf(target)];
  if (from < 0 || to < 0 || from === to) return null;
  return [to < from ? "before" : "after", target];
}

function idOf(row) {
  const box = row.querySelector("input[type=checkbox][name=item]");
  return box ? box.value.split(":") : [];
}

function listen(root) {
  let moved = null;
  const rowsOf = () => [...root.querySelectorAll("#panel tbody tr")];
  const prepare = () => {
    const isOrdered = root.querySelector(FORM) !== null;
    for (const row of rowsOf()) row.draggable = isOrdered;
  };
  root.addEventListener("dragstart", (event) => {
    moved = root.querySelector(FORM) ? event.target.closest?.("#panel tbody tr") : null;
    if (moved) event.dataTransfer.effectAllowed = "move";
  });
  root.addEventListener("dragover", (event) => {
    if (moved && event.target.closest?.("#panel tbody tr")) event.preventDefault();
  });
  root.addEventListener("drop", (event) => {
    const target = event.target.closest?.("#panel tbody tr");
    const drop = moved && target ? dropOf(rowsOf(), moved, target) : null;
    const form = root.querySelector(FORM);
    if (!drop || !form) return;
    event.preventDefault();
    [form.elements.item.value, form.elements.version.value] = idOf(moved);
    [form.elements.other.value] = idOf(drop[1]);
    form.elements.act.value = drop[0];
    form.requestSubmit();
  });
  root.addEventListener("dragend", () => (moved = null));
  root.addEventListener("htmx:afterSettle", prepare);
  prepare();
}

if (typeof document !== "undefined") listen(document);
