/**
 * Boxes on a photo: dragging on the picture adds a line to the text area, and its lines are drawn on the picture.
 *
 * Container: <div data-redact="#id of the text area" data-hint="id of the hidden words on pointer and keys"> with the
 * <svg> whose units are pixels of the photo and a group [data-boxes]. Without scripts the lines are typed. By keyboard:
 * Enter adds a box in the middle of the picture, arrows move the last box, with Shift they change its size, Delete removes
 * it.
 */
const SVG = "http://www.w3.org/2000/svg";
const LEAST = 3;
/** Parts of the picture's width: a new box, and a step of an arrow. */
const NEW_PART = 8;
const STEP_PART = 64;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const LINE = /^\s*(\d+)[\s,;]+(\d+)[\s,;]+(\d+)[\s,;]+(\d+)\s*$/;

function boxesOf(text) {
    return text
        .split("\n")
        .map((line) => line.match(LINE))
        .filter(Boolean)
        .map((found) => found.slice(1).map(Number));
}

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
    const between = ([ax, ay], [bx, by]) => [Math.min(ax, bx), Math.min(ay, by), Math.abs(ax - bx), Math.abs(ay - by)];
    const show = (more = []) => draw(group, [...boxesOf(lines.value), ...more]);

    const write = (boxes) => {
        // What is no box is left for its writer to correct.
        const others = lines.value.split("\n").filter((line) => line.trim() && !LINE.test(line));
        lines.value = [...others, ...boxes.map((box) => box.join(" "))].join("\n");
        lines.dispatchEvent(new Event("input", { bubbles: true }));
    };
    /** The box moved by a step, or made larger by it; it stays within the picture. */
    const changed = ([x, y, width, height], [right, down], isSize) => {
        const step = Math.max(LEAST, Math.round(mostX / STEP_PART));
        const within = (value, least, most) => Math.min(Math.max(value, least), most);
        if (isSize)
            return [x, y, within(width + right * step, LEAST, mostX - x), within(height + down * step, LEAST, mostY - y)];
        return [within(x + right * step, 0, mostX - width), within(y + down * step, 0, mostY - height), width, height];
    };
    const keyed = (boxes, key, isSize) => {
        const side = Math.round(mostX / NEW_PART);
        if (key === "Enter") return [...boxes, [Math.round((mostX - side) / 2), Math.round((mostY - side) / 2), side, side]];
        if (key === "Delete" || key === "Backspace") return boxes.slice(0, -1);
        return key in ARROWS ? [...boxes.slice(0, -1), changed(boxes.at(-1), ARROWS[key], isSize)] : null;
    };

    picture.addEventListener("keydown", (event) => {
        const boxes = boxesOf(lines.value);
        if (!boxes.length && event.key !== "Enter") return;
        const now = keyed(boxes, event.key, event.shiftKey);
        if (now === null) return;
        event.preventDefault();
        write(now);
    });
    picture.addEventListener("pointerdown", (event) => {
        start = at(event);
        picture.setPointerCapture(event.pointerId);
        event.preventDefault();
    });
    picture.addEventListener("pointermove", (event) => start && show([between(start, at(event))]));
    picture.addEventListener("pointerup", (event) => {
        const box = start && between(start, at(event));
        start = null;
        if (box && box[2] >= LEAST && box[3] >= LEAST) {
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
