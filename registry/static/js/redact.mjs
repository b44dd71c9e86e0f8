/**
 * Boxes on a photo: dragging on the picture adds a line to the text area, and its lines are drawn on the picture.
 *
 * Container: <div data-redact="#id of the text area" data-hint="id of the hidden words on pointer and keys"> with the
 * <svg> whose units are pixels of the photo and a group [data-boxes]. Without scripts the lines are typed. By keyboard:
 * Enter adds a box in the middle of the picture, arrows move the last box, with Shift they change its size, Delete removes
 * it.
 */
import { boxBetween, boxesAfter, boxesOf, LEAST_SIDE, withBoxes } from "./boxes.mjs";

const SVG = "http://www.w3.org/2000/svg";

function draw(group, boxes) {
  group.replaceChildren(
    ...boxes.map(([x, y, width, height]) => {
      const box = document.createElementNS(SVG, "rect");
      for (const [name, value] of Object.entries({ x, y, width, height })) box.setAttribute(name, value);
      return box;
    }),
  );
}

for (const part of document.querySelectorAll("[data-redact]")) {
  const picture = part.querySelector("svg");
  const group = part.querySelector("[data-boxes]");
  const lines = document.querySelector(part.dataset.redact);
  const { width: mostX, height: mostY } = picture.viewBox.baseVal;
  let start = null;

  const at = (event) => {
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
    const within = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
    return [within(place.x, mostX), within(place.y, mostY)];
  };
  const show = (more = []) => draw(group, [...boxesOf(lines.value), ...more]);

  const write = (boxes) => {
    lines.value = withBoxes(lines.value, boxes);
    lines.dispatchEvent(new Event("input", { bubbles: true }));
  };

  picture.addEventListener("keydown", (event) => {
    const boxes = boxesAfter(event.key, boxesOf(lines.value), event.shiftKey, { width: mostX, height: mostY });
    if (boxes === null) return;
    event.preventDefault();
    write(boxes);
  });
  picture.addEventListener("pointerdown", (event) => {
    start = at(event);
    picture.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  picture.addEventListener("pointermove", (event) => start && show([boxBetween(start, at(event))]));
  picture.addEventListener("pointerup", (event) => {
    const box = start && boxBetween(start, at(event));
    start = null;
    if (box && box[2] >= LEAST_SIDE && box[3] >= LEAST_SIDE) {
      write([...boxesOf(lines.value), box]);
    }
    show();
  });
  picture.addEventListener("pointercancel", () => {
    start = null;
    show();
  });
  lines.addEventListener("input", () => show());
  show();
  // Only from here on the keys and the pointer do something: the picture takes the focus, and its hint is true.
  const hint = document.getElementById(part.dataset.hint);
  hint.hidden = false;
  picture.setAttribute("aria-describedby", hint.id);
  picture.setAttribute("role", "application");
  picture.setAttribute("tabindex", "0");
}
