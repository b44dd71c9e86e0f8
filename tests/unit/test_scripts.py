"""Node's own runner tests the modules of scripts that compute (tests/scripts); colours stand in the tokens alone."""

import re
import subprocess

from config.settings import CHECKOUT
from tests.support.offenders import no_offenders

STATIC = CHECKOUT / "registry" / "static"
TOKENS = STATIC / "css" / "tokens.css"
SHEETS = [path for path in CHECKOUT.glob("registry/**/*.css") if not {"vendor", "fonts"} & set(path.parts)]
SCRIPTS = sorted((STATIC / "js").glob("*.mjs"))
RAW_COLOUR = re.compile(r"[ \"'(](#(?:[0-9a-fA-F]{3,4}){1,2}|(?:rgb|hsl)a?\([^)]*\))(?=[;,\s\"')])")
MOST_WIDTHS = 5


def test_modules_that_compute_pass_the_tests_of_nodes_own_runner():
    tests = sorted(str(path) for path in (CHECKOUT / "tests" / "scripts").glob("*.test.mjs"))
    run = subprocess.run(["node", "--test", *tests], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_colours_stand_in_the_tokens_alone():
    no_offenders(
        "Colours stand in tokens.css alone",
        [
            f"{path.relative_to(CHECKOUT)}: {colour}"
            for path in (*SHEETS, *SCRIPTS)
            if path != TOKENS
            for colour in RAW_COLOUR.findall(
                re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
            )
        ],
        "give the colour a name in registry/static/css/tokens.css and use var(--name), in a script colourOf('name')",
    )


def test_sizes_of_type_on_screens_stand_in_the_tokens_alone():
    no_offenders(
        "Sizes of type stand in tokens.css alone; papers have points, parts of a line ems",
        [
            f"{path.relative_to(CHECKOUT)}: {size}"
            for path in SHEETS
            if path != TOKENS
            for size in re.findall(r"font-size: ([^;]*(?:rem|px)[^;]*);", path.read_text(encoding="utf-8"))
        ],
        "use a size of the scale: var(--text-s), var(--text-m), ...",
    )


def test_every_token_that_a_sheet_or_a_script_names_exists():
    declared = set(re.findall(r"^\s*--([\w-]+):", "\n".join(path.read_text() for path in SHEETS), re.MULTILINE))
    named = {(path.name, name) for path in SHEETS for name in re.findall(r"var\(--([\w-]+)\)", path.read_text())}
    named |= {(path.name, name) for path in SCRIPTS for name in re.findall(r'colourOf\("([\w-]+)"\)', path.read_text())}
    assert {(sheet, name) for sheet, name in named if not name.startswith("bs-") and name not in declared} == set()


def test_pages_change_at_five_widths_at_most():
    widths = {
        width
        for path in SHEETS
        for query in re.findall(r"@media[^{]*", path.read_text())
        for width in re.findall(r"width\s*(?:[<>]=?|:)\s*([\d.]+rem)", query)
    }
    assert len(widths) <= MOST_WIDTHS, sorted(widths)


def test_one_sheet_hides_text_from_sight():
    assert {path.name for path in SHEETS if "inset(50%)" in path.read_text()} == {"visually-hidden.css"}


def test_one_function_makes_elements():
    assert {path.name for path in SCRIPTS if re.search(r"function element\(", path.read_text())} == {"dom.mjs"}
