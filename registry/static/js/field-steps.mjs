/**
 * A long form as one screen after another on a phone: one part is shown at a time, with a way on and a way back.
 * Without this script, and on wide screens, all parts stand below each other.
 */
export const NARROW = "(max-width: 48rem)";

/** The part to show next: `step` from `now`, within `count` parts. */
export const moved = (now, step, count) => Math.min(Math.max(now + step, 0), count - 1);

export class Steps {
  /** `form` has parts [data-step], [data-step-back], [data-step-on], and [data-step-last] with what stands on the last one. */
  constructor(form, media = window.matchMedia(NARROW)) {
    this.form = form;
    this.media = media;
    this.parts = [...form.querySelectorAll("[data-step]")];
    this.now = 0;
    const press = (name, step) =>
      form
        .querySelector(`[data-step-${name}]`)
        ?.addEventListener("click", () => this.go(moved(this.now, step, this.parts.length)));
    press("back", -1);
    press("on", 1);
    for (const input of form.querySelectorAll("[data-step-after]")) {
      input.addEventListener("change", () => media.matches && this.go(moved(this.now, 1, this.parts.length)));
    }
    media.addEventListener("change", () => this.show());
    this.show();
  }

  go(index) {
    this.now = index;
    this.show();
    this.parts[index].scrollIntoView({ block: "start" });
    this.parts[index].dispatchEvent(new Event("step-shown"));
  }

  /** The part with an element, such as a field that was refused. */
  open(target) {
    const index = this.parts.findIndex((part) => part.contains(target));
    if (this.media.matches && index >= 0) this.go(index);
  }

  show() {
    const narrow = this.media.matches;
    const isLast = this.now === this.parts.length - 1;
    for (const [index, part] of this.parts.entries()) part.hidden = narrow && index !== this.now;
    this.toggle("[data-step-back]", narrow && this.now > 0);
    this.toggle("[data-step-on]", narrow && !isLast);
    this.toggle("[data-step-last]", !narrow || isLast);
  }

  toggle(selector, isShown) {
    for (const node of this.form.querySelectorAll(selector)) node.hidden = !isShown;
  }
}
