/** Days are typed as dd/mm/yyyy; a button opens the calendar of the browser, which writes the day in that form. */
import { element } from "./dom.mjs";

const TYPED = /^\s*(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\s*$/;

/** 2026-12-05 for 05/12/2026; "" for anything else. */
export function asDateValue(text) {
  const [, day, month, year] = TYPED.exec(text) ?? [];
  return year ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : "";
}

/** 05/12/2026 for 2026-12-05. */
export function asTyped(value) {
  return value.split("-").reverse().join("/");
}

/** Show and wire the buttons of day fields below `root`. */
export function offerDays(root) {
  if (!("showPicker" in HTMLInputElement.prototype)) return;
  const showButtons = () => {
    for (const button of root.querySelectorAll("[data-day-picker][hidden]")) button.hidden = false;
  };
  root.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-day-picker]");
    if (!button) return;
    const typed = root.getElementById(button.dataset.dayPicker);
    const calendar = element("input", "", {
      type: "date",
      class: "day-calendar",
      tabindex: "-1",
      "aria-hidden": "true",
    });
    calendar.value = asDateValue(typed.value);
    calendar.addEventListener("change", () => {
      typed.value = asTyped(calendar.value);
      typed.dispatchEvent(new Event("input", { bubbles: true }));
      typed.focus();
      calendar.remove();
    });
    button.parentElement.querySelector(".day-calendar")?.remove();
    button.after(calendar);
    calendar.showPicker();
  });
  root.addEventListener("htmx:afterSettle", showButtons);
  showButtons();
}
