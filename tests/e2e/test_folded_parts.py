"""Folded parts by keyboard: nothing in a closed part takes focus, and what takes it in an open part is seen."""

import pytest

from tests.e2e.conftest import WIDE
from tests.e2e.looks import open_everything
from tests.e2e.pages import PAGES
from tests.support.offenders import no_offenders

pytestmark = pytest.mark.sweep
#: The pages that are opened most.
MOST_USED = (
    *("home", "public list", "own work", "inspector work", "finance work", "search", "search everything", "list"),
    *("detail", "line", "cable", "inspector detail", "past", "edit", "new tower", "overview", "site answered"),
    *("new mast answered", "along a line", "prices", "price", "requests", "agreements", "imports", "notices"),
    *("account", "users", "violations", "new violation", "occupations", "labels", "audit", "calendar", "terms"),
)
#: A page has no more stops than these before the walk comes back to its first.
MOST_STOPS = 700
#: What stands under the focus, and why it should not: in a closed part, not drawn, or outside of the page.
STOP = """() => {
    const here = document.activeElement;
    if (!here || here === document.body) return null;
    const label = here.id || here.innerText || here.getAttribute('aria-label') || '';
    const name = `${here.tagName.toLowerCase()} ${label.trim().slice(0, 40)}`;
    const closed = [...document.querySelectorAll('details:not([open])')]
        .some((part) => part.contains(here) && !part.querySelector(':scope > summary')?.contains(here));
    const box = here.getBoundingClientRect();
    const isChecked = here.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    const isDrawn = isChecked && box.width * box.height > 0;
    const isOnPage = box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight;
    here.dataset.stops = Number(here.dataset.stops ?? 0) + 1;
    return {
        name,
        isAgain: here.dataset.stops > 1 && here.type !== 'radio',
        problem: closed ? 'in a closed part' : !isDrawn ? 'not drawn' : !isOnPage ? 'outside of the window' : '',
    };
}"""


def walk(page):
    """The problems of the stops of the key Tab, from the head of the page to its end."""
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    problems, stops = [], 0
    while stops < MOST_STOPS:
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None or stop["isAgain"]:
            break
        stops += 1
        if stop["problem"]:
            problems.append(f"{stop['name']}: {stop['problem']}")
    return stops, problems


@pytest.mark.parametrize("username", sorted({PAGES[name][0] or "" for name in MOST_USED}))
def test_the_key_tab_stops_at_what_is_seen_alone(open_as, site, username):
    page = open_as(username or None, viewport=WIDE)
    # A page that scrolls softly is still on its way when the focus is there.
    page.emulate_media(reduced_motion="reduce")
    offenders = []
    for name in (name for name in MOST_USED if (PAGES[name][0] or "") == username):
        for state in ("closed", "open"):
            page.goto(PAGES[name][1].format_map(site.codes))
            if state == "open":
                open_everything(page)
            stops, problems = walk(page)
            if stops < 5:
                offenders.append((name, state, f"{stops} stops alone"))
            offenders += [(name, state, problem) for problem in problems]
    no_offenders("the key Tab stops at what is seen", offenders, "hide what is folded, show what has the focus")
