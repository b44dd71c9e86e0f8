/**
 * Boxes on a photo: dragging on the picture adds a line to the text area, and its lines are drawn on the picture.
 *
 * Container: <div data-redact="#id of the text area"> with the <svg> whose units are pixels of the photo and a group
 * [data-boxes]. Without scripts the lines are typed.
 */
const SVG = "http://www.w3.org/2000/svg";
const LEAST = 3;

function boxesOf(text) {
    return text
        .split("\n")
        .map((line) => line.match(/^\s*(\d+)[\s,;]+(\d+)[\s,;]+(\d+)[\s,;]+(\d+)\s*$/))
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
            lines.value = [lines.value.trimEnd(), box.join(" ")].filter(Boolean).join("\n");
            lines.dispatchEvent(new Event("input", { bubbles: true }));
        }
        show();
    });
    picture.addEventListener("pointercancel", () => {
        start = null;
        show();
    });
    lines.addEventListener("input", () => show());
    show();
}
