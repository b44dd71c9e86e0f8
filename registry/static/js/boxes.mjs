/** Boxes on a photo as lines of text, "x y width height" in pixels, and their moves by keys; redact.mjs draws them. */
export const LEAST_SIDE = 3;
/** Parts of the picture's width: a new box, and a step of an arrow. */
const NEW_PART = 8;
const STEP_PART = 64;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const LINE = /^\s*(\d+)[\s,;]+(\d+)[\s,;]+(\d+)[\s,;]+(\d+)\s*$/;

const within = (value, least, most) => Math.min(Math.max(value, least), most);

/** The boxes of a text; lines that are none are left out. */
export function boxesOf(text) {
  return text
    .split("\n")
    .map((line) => line.match(LINE))
    .filter(Boolean)
    .map((match) => match.slice(1).map(Number));
}

/** The text with these boxes: what is no box is left for its writer to correct. */
export function withBoxes(text, boxes) {
  const others = text.split("\n").filter((line) => line.trim() && !LINE.test(line));
  return [...others, ...boxes.map((box) => box.join(" "))].join("\n");
}

export const boxBetween = ([ax, ay], [bx, by]) => [
  Math.min(ax, bx),
  Math.min(ay, by),
  Math.abs(ax - bx),
  Math.abs(ay - by),
];

/** The box moved by a step, or made larger by it; it stays within the picture. */
function changed([x, y, width, height], [right, down], isSize, picture) {
  const step = Math.max(LEAST_SIDE, Math.round(picture.width / STEP_PART));
  if (isSize) {
    const wide = within(width + right * step, LEAST_SIDE, picture.width - x);
    return [x, y, wide, within(height + down * step, LEAST_SIDE, picture.height - y)];
  }
  const left = within(x + right * step, 0, picture.width - width);
  return [left, within(y + down * step, 0, picture.height - height), width, height];
}

/** The boxes after a key: Enter adds one, Delete removes the last, arrows move or (isSize) resize it. Null: another key. */
export function boxesAfter(key, boxes, isSize, picture) {
  const side = Math.round(picture.width / NEW_PART);
  if (key === "Enter") {
    return [...boxes, [Math.round((picture.width - side) / 2), Math.round((picture.height - side) / 2), side, side]];
  }
  if (!boxes.length) return null;
  if (key === "Delete" || key === "Backspace") return boxes.slice(0, -1);
  return key in ARROWS ? [...boxes.slice(0, -1), changed(boxes.at(-1), ARROWS[key], isSize, picture)] : null;
}
