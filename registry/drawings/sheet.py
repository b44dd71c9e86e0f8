"""A drawing as SVG elements. A template writes them (templates/drawings/_drawing.html), which escapes every text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from registry.drawings.layout import fit, is_measured, plain, text_width

#: Width in units of the drawing; a unit is about a pixel of a phone.
WIDTH: Final = 320.0
#: Size of the letters.
SIZE: Final = 11.0
#: From the middle of a line of text to its baseline.
DROP: Final = 4.0
#: Classes with a pattern, so that they differ on black and white paper, too.
PATTERNS: Final = {
    "used": "M-1 1l2-2M0 4l4-4M3 5l2-2",
    "reserved": "M0 2h4",
    "new": "M2 0v2",
}


@dataclass(frozen=True)
class Element:
    """One SVG element; `text` is its content."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass(frozen=True)
class Label:
    """The box of a text."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


@dataclass(frozen=True)
class Mark:
    """Where something with a measure stands: what it is, its measure, and its place in the drawing."""

    what: str
    measure: float
    at: float


@dataclass
class Sheet:
    """A drawing that is being made; `key` makes its ids unique on a page."""

    key: str
    title: str
    description: str = ""
    height: float = 0
    shapes: list[Element] = field(default_factory=list)
    texts: list[Element] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    #: States that occur, for the key.
    states: dict[str, None] = field(default_factory=dict)

    width: float = WIDTH

    def path(self, style: str, data: str) -> None:
        """Strokes of a class; consecutive ones of the same class become one element."""
        last = self.shapes[-1] if self.shapes else None
        if last is not None and last.tag == "path" and last.attributes["class"] == f"dr-{style}":
            last.attributes["d"] += data
            return
        self.shapes.append(Element("path", {"class": f"dr-{style}", "d": data} | self._fill(style)))

    def line(self, style: str, *points: tuple[float, float]) -> None:
        first, *others = points
        self.path(
            style, f"M{number(first[0])} {number(first[1])}" + "".join(f"L{number(x)} {number(y)}" for x, y in others)
        )

    def box(self, style: str, left: float, top: float, width: float, height: float) -> None:
        data = f"M{number(left)} {number(top)}h{number(width)}v{number(height)}h{number(-width)}z"
        self.path(style, data)

    def circle(self, style: str, x: float, y: float, radius: float) -> None:
        r = number(radius)
        arc = f"a{r} {r} 0 1 0 {number(2 * radius)} 0a{r} {r} 0 1 0 {number(-2 * radius)} 0z"
        self.path(style, f"M{number(x - radius)} {number(y)}{arc}")

    def text(
        self, x: float, middle: float, text: str, *, style: str = "t", anchor: str = "start", room: float = WIDTH
    ) -> None:
        """A text with its middle at a height, cut where it is wider than `room`."""
        size = SIZE
        shown = fit(text if "\N{FIRST STRONG ISOLATE}" in text else plain(text), room, size)
        if not shown:
            return
        width = text_width(shown, size)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        self.labels.append(Label(left, middle - size / 2, left + width, middle + size / 2, shown))
        attributes = {"class": f"dr-{style}", "x": number(x), "y": number(middle + DROP)}
        if anchor != "start":
            attributes["text-anchor"] = anchor
        if not is_measured(shown):
            attributes |= {"textLength": number(width), "lengthAdjust": "spacingAndGlyphs"}
        self.texts.append(Element("text", attributes, shown))

    def mark(self, what: str, measure: object, at: float) -> None:
        self.marks.append(Mark(what, float(str(measure)), at))

    def _fill(self, style: str) -> dict[str, str]:
        return {"fill": f"url(#{self.key}-{style})"} if style in PATTERNS else {}

    @property
    def elements(self) -> list[Element]:
        """Shapes first: no line crosses a text."""
        return [*self.shapes, *self.texts]

    @property
    def patterns(self) -> dict[str, str]:
        """The patterns that occur: name -> strokes."""
        styles = {element.attributes["class"] for element in self.shapes}
        return {name: strokes for name, strokes in PATTERNS.items() if f"dr-{name}" in styles}

    @property
    def view_box(self) -> str:
        return f"0 0 {number(self.width)} {number(self.height)}"


def number(value: float) -> str:
    """At most one decimal."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"
