"""What the journeys through cases share: somebody's desk, the steps of a case, the keyboard."""

import io
import re
from datetime import timedelta
from typing import Any

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from registry.kernel.clock import local_date, utc_now

PDF = {"name": "khao-sat.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n1 0 obj<<>>endobj\n%%EOF\n"}


def photo(name: str, colour: str = "#567", mark: tuple[int, int, int, int] | None = None) -> dict:
    """A picture as a phone sends it; a white `mark` (a box in pixels) makes it another one."""
    stream, image = io.BytesIO(), Image.new("RGB", (640, 480), colour)
    if mark is not None:
        image.paste("white", mark)
    image.save(stream, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": stream.getvalue()}


def today(later: int = 0) -> str:
    """Today in Việt Nam, or so many days later, as one types it."""
    return f"{local_date(utc_now()) + timedelta(days=later):%d/%m/%Y}"


def scripted(target: Locator) -> Locator:
    """The target, once the scripts of its page have run: a click may have led to a page that is still loading."""
    target.wait_for(state="attached")
    target.page.wait_for_load_state()
    return target


def press(target: Locator, key: str = "Enter") -> None:
    """What the keyboard does where it stands."""
    scripted(target).focus()
    target.page.keyboard.press(key)


def tab_to(page: Page, target: Locator, *, most: int = 80) -> None:
    """Press Tab until the target has the focus."""
    for _step in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")


def open_by_menu(page: Page, label: str) -> None:
    """From the start page to where an entry of the menu leads, also of one that is folded away."""
    page.goto("/")
    entry = page.locator("#site-nav a").filter(has_text=re.compile(rf"^\s*{re.escape(label)}\s*$")).first
    page.goto(entry.get_attribute("href") or "")


def desk(page: Page) -> Locator:
    """What waits for who is signed in, on the page "Việc của tôi"."""
    page.goto("/")
    return page.locator("#waiting")


def waiting(page: Page) -> list[tuple[str, str]]:
    """(words, address) of the links on the desk of who is signed in, as the server answers it; nothing is drawn."""
    answer = page.request.get("/")
    assert answer.ok
    waiting_links: list[tuple[str, str]] = page.evaluate(
        """(text) => {
          const desk = new DOMParser().parseFromString(text, "text/html").querySelector("#waiting");
          const links = [...desk.querySelectorAll("a")];
          const words = (node) => node.textContent.replace(/\\s+/g, " ").trim();
          return [[words(desk), ""], ...links.map((link) => [words(link), link.getAttribute("href")])];
        }""",
        answer.text(),
    )
    return waiting_links


def has_turn(page: Page, *, waits: str, others: tuple[Page, ...] = ()) -> None:
    """The case whose number or title this is waits for this person, and for none of the others."""
    assert waits in waiting(page)[0][0]
    for other in others:
        assert waits not in waiting(other)[0][0]


def take_up(page: Page, waits: str) -> None:
    """Open a case by its link on one's desk."""
    (address,) = {address for words, address in waiting(page)[1:] if waits in words}
    page.goto(address)
    expect(page.locator(".case-now")).to_be_visible()


def step(page: Page, name: str, **fields: str) -> None:
    """Make a step of the case that is open: fill its form, where it has one; `fields` by the names of its inputs."""
    begin(page, name)
    fill(page, **fields)
    if fields:
        send(page, name)
    done(page)


def begin(page: Page, name: str) -> None:
    """Press the button of a step on the page of its case."""
    act = page.locator(".case-moves").get_by_text(name, exact=True)
    menu = page.locator(".case-moves > details").filter(has=page.get_by_text(name, exact=True))
    if menu.count():
        scripted(menu.locator("summary")).click()
    if scripted(act).get_attribute("data-ask") is not None:
        act.click()
        expect(page.locator("dialog.ask")).to_be_visible()
        return
    with page.expect_navigation():
        act.click()


def send(page: Page, name: str) -> None:
    """Press the button at the end of the form of a step."""
    with page.expect_navigation():
        # A picker of days is a button, too, and names its field.
        submits = page.locator("button:not([type=button])")
        page.get_by_role("main").get_by_role("button", name=name).and_(submits).click()


def unfold(page: Page, part: str) -> None:
    """Open a part of a long page that a phone shows folded, if it is."""
    head = scripted(page.locator(part)).locator(".part-button[aria-expanded=false]")
    if head.count():
        head.click()


def done(page: Page) -> None:
    """The step is made, and its case open again."""
    expect(page.locator("#events")).to_be_visible()
    expect(page.get_by_role("status").first).to_be_visible()


def fill(page: Page, **fields: str) -> None:
    """Fill the inputs of the page's form by their names: texts, choices and files."""
    for name, value in fields.items():
        field = scripted(page.locator(f"main [name={name}]"))
        if not isinstance(value, str):
            field.set_input_files(value)
        elif field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def number_of(page: Page, prefix: str) -> str:
    """The public number on the page of a case."""
    return re.search(rf"{prefix}-\d{{4}}-\d{{6}}", page.get_by_role("main").inner_text()).group()


def has_happened(page: Page, *moves: str) -> None:
    """The page of a case tells just these moves, named oldest first."""
    expect(page.locator("#events .timeline-head strong")).to_have_text(list(reversed(moves)))


#: What journeys and pages cost, printed at the end of the run: clicks, bytes.
FIGURES: list[str] = []


#: Seconds by the keystroke-level model (Card, Moran, Newell): think and point, press a button, type a character.
_THINK_AND_POINT, _PRESS, _CHARACTER = 1.35 + 1.1, 0.2, 0.28


class Hand:
    """Somebody with a mouse, whose clicks and typed fields are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0
        self.fields = 0
        self.characters = 0

    @property
    def minutes(self) -> float:
        """What a practised person needs for it by the keystroke-level model, without waiting for answers."""
        pointed = (self.clicks + self.fields) * (_THINK_AND_POINT + _PRESS)
        return (pointed + self.characters * _CHARACTER) / 60

    def __str__(self) -> str:
        return f"{self.clicks} clicks, {self.fields} fields, {self.minutes:.1f} min"

    def write(self, target: Locator, text: str) -> None:
        """Type into a field."""
        scripted(target).fill(text)
        self.fields, self.characters = self.fields + 1, self.characters + len(text)

    def type(self, **fields: str) -> None:
        """Fill inputs of the page's form by their names; a choice or a file counts as a field without characters."""
        fill(self.page, **fields)
        for name, value in fields.items():
            self.fields += 1
            is_typed = isinstance(value, str) and self.page.locator(f"main select[name={name}]").count() == 0
            self.characters += len(value) if is_typed else 0

    def click(self, target: Locator, **options: Any) -> None:
        """A click on what is seen; `options` are those of Playwright, such as a place within the target."""
        scripted(target).click(**options)
        self.clicks += 1

    def click_map(self, lon: float, lat: float) -> None:
        """A click on a place of the map of the workspace; `watch_map` has told of it."""
        x, y = self.page.evaluate(
            """([lon, lat]) => {
              const { x, y } = window.shownMap.project([lon, lat]);
              const box = window.shownMap.getCanvas().getBoundingClientRect();
              return [box.x + x, box.y + y];
            }""",
            [lon, lat],
        )
        self.page.mouse.click(x, y)
        self.clicks += 1

    def press(self, key: str) -> None:
        """One key, where the focus is; it counts as a character."""
        self.page.keyboard.press(key)
        self.characters += 1


def watch_map(page: Page) -> None:
    """Pages opened from now on keep the map of the workspace where `Hand.click_map` finds it."""
    page.add_init_script("document.addEventListener('map:ready', ({ detail }) => (window.shownMap = detail.map))")


class Keys:
    """Somebody without a mouse: Tab to what is wanted, then press or type."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, target: Locator) -> "Keys":
        """Press Tab until the target has the focus."""
        expect(scripted(target)).to_be_visible()
        tab_to(self.page, target)
        expect(target).to_be_in_viewport()
        return self

    def press(self, key: str) -> None:
        """One key, where the focus is."""
        self.page.keyboard.press(key)

    def type(self, **fields: str) -> None:
        """Type into the inputs of the form by their names, in their order; what stood there is replaced."""
        for name, value in fields.items():
            self.to(self.page.locator(f"main [name={name}]"))
            self.page.keyboard.press("ControlOrMeta+a")
            self.page.keyboard.type(value)
