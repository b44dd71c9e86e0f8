/** The button of a selection says how many rows are ticked; without JavaScript the server says when none is. */

/** Keep the count of each button with data-selection right. */
export function countSelections(root) {
  const show = () => {
    for (const button of root.querySelectorAll("[data-selection]")) {
      const form = button.form;
      const ticked = [...form.elements].filter((element) => element.type === "checkbox" && element.checked).length;
      const count = button.querySelector("[data-selected]");
      count.textContent = ticked;
      count.hidden = ticked === 0;
    }
  };
  // Ticks all rows of its form, or none where all are ticked.
  const whole = () => {
    for (const button of root.querySelectorAll("[data-tick-all]")) button.hidden = false;
  };
  root.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-tick-all]");
    if (!button) return;
    const boxes = [...button.form.elements].filter((element) => element.type === "checkbox");
    const isTicking = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = isTicking;
    show();
  });
  root.addEventListener("htmx:afterSettle", whole);
  whole();
  root.addEventListener("change", (event) => {
    if (event.target.matches("input[type=checkbox][form]")) show();
  });
  // A row belongs to the first form that admits it. A form without rows of its own sends the others that are ticked, so
  // that the server says of each why it cannot be taken.
  root.addEventListener("formdata", (event) => {
    const form = event.target;
    if (!form.id.startsWith("selection-") || event.formData.has("code")) return;
    for (const box of root.querySelectorAll("input[type=checkbox][name=code][form^=selection-]:checked")) {
      event.formData.append("code", box.value);
    }
  });
  // Boxes stay ticked when one comes back to the page, and are gone when the list was swapped.
  window.addEventListener("pageshow", show);
  root.addEventListener("htmx:afterSettle", show);
}
