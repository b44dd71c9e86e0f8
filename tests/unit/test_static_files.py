"""The files of the look: vendored libraries, icons, colours, and nothing that the strict content policy refuses."""

import hashlib
import json
import posixpath
import re
from pathlib import Path

import tinycss2

from tests.support.offenders import for_each, no_offenders
from tests.support.scripts import MOST_SCRIPT, bytes_of, modules

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "registry" / "static"
#: Kept as their makers wrote them: vendored libraries, and the fonts with their licence.
KEPT = [*(STATIC / "vendor").rglob("*"), *(STATIC / "fonts").glob("*.woff2"), STATIC / "fonts" / "LICENSE"]
OUR_STATIC = [path for path in STATIC.rglob("*") if path.is_file() and path not in KEPT and path.suffix != ".webp"]
OUR_STATIC += STATIC.parent.glob("*/*.css")
STATUSES = (
    "not_assessed",
    "available",
    "shared_available",
    "shared_full",
    "exclusive_full",
    "upgradable",
    "not_shareable",
    "restricted",
)
READABLE = 4.5


def test_every_vendored_file_is_what_the_manifest_says() -> None:
    manifest = json.loads((STATIC / "vendor" / "manifest.json").read_text())
    listed = {item["path"]: item["sha256"] for library in manifest for item in library["files"]}
    files = {
        str(path.relative_to(STATIC / "vendor")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert files == listed


def test_the_notice_names_every_vendored_licence() -> None:
    notice = (ROOT / "NOTICE").read_text()
    for library in json.loads((STATIC / "vendor" / "manifest.json").read_text()):
        assert library["licence"] in notice


def test_scripts_import_only_files_that_exist() -> None:
    # A browser finds scripts below the name of a release and vendored files beside it.
    for path in (STATIC / "js").glob("*.mjs"):
        for name in re.findall(r'(?:from|URL\() ?"(\.[^"]+)"', path.read_text()):
            path_of_import = posixpath.normpath(f"release/js/{name}").removeprefix("release/")
            assert (STATIC / path_of_import).is_file(), f"{path.name}: {name}"


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = next((STATIC / "vendor").glob("lucide-*/sprite.svg")).read_text()
    symbols = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    templates = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    asked = set(re.findall(r'\bicon(?:_name)?(?:\(|=)"([a-z0-9-]+)"', templates))
    assert asked
    assert asked <= symbols


def test_our_styles_and_scripts_ask_nothing_of_the_internet() -> None:
    for path in OUR_STATIC:
        addresses = re.findall(r"https?://[^\s\"'<>`)]+", path.read_text())
        assert set(addresses) <= {"http://www.w3.org/2000/svg"}, path.name


@for_each("status", STATUSES, mend="draw it in map/symbols.svg, in the colour of js/map-layers.mjs")
def test_each_sharing_status_has_a_shape_and_one_colour_everywhere(status: str) -> None:
    symbols = (STATIC / "map" / "symbols.svg").read_text()
    drawn = re.search(rf'<symbol id="{status}".*?</symbol>', symbols)
    script = (STATIC / "js" / "map-layers.mjs").read_text()
    token = re.search(rf'^  {status}: colourOf\("([a-z-]+)"\)', script, re.MULTILINE)
    assert drawn
    assert token
    colour = re.search(rf"--{token[1]}: (#[0-9a-f]{{6}});", (STATIC / "css" / "tokens.css").read_text())
    assert colour
    assert colour[1] in drawn[0]


def test_no_two_sharing_statuses_share_a_shape() -> None:
    symbols = (STATIC / "map" / "symbols.svg").read_text()
    drawings = re.findall(r'<symbol id="\w+" (.*?)</symbol>', symbols)
    shapes = [re.sub(r'(fill|stroke)="#[0-9a-f]+"', "", drawing) for drawing in drawings]
    assert len(set(shapes)) == len(shapes) >= len(STATUSES)


def test_lines_of_each_sharing_status_are_told_by_their_dashes_alone() -> None:
    symbols = (STATIC / "map" / "symbols.svg").read_text()
    opened = [re.search(rf'<symbol id="{status}"[^>]*>', symbols) for status in STATUSES]
    dashes = [re.search(r'data-dash="([^"]+)"', dash.group()) for dash in opened if dash]
    told = [dash.group(1) if dash else "" for dash in dashes]
    assert len(set(told)) == len(told) == len(STATUSES)


def test_the_scripts_of_the_heaviest_page_are_few_bytes() -> None:
    assert STATIC / "js" / "lasso.mjs" in modules("workspace.mjs")
    assert max(bytes_of((path.name, "page.mjs")) for path in (STATIC / "js").glob("*.mjs")) == bytes_of()
    assert 0 < bytes_of() <= MOST_SCRIPT


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(digits[index : index + 2], 16) / 255 for index in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@for_each(
    "text, ground",
    [
        ("ink", "paper"),
        ("ink-soft", "ground"),
        ("ink-faint", "ground"),
        ("ink-soft", "ground-deep"),
        ("action", "paper"),
        ("action-deep", "action-soft"),
        ("good", "good-soft"),
        ("info", "info-soft"),
        ("warn", "warn-soft"),
        ("bad", "bad-soft"),
        ("upgrade", "upgrade-soft"),
        ("on-dark", "brand"),
        ("on-dark", "action-fill"),
        ("on-dark", "bad-fill"),
        ("on-dark", "dark"),
        ("title", "ground"),
        ("sample-ink", "sample"),
        ("earth", "earth-soft"),
        ("violet", "violet-soft"),
        ("ink", "row-hover"),
        ("ink", "lit"),
    ],
    mend="choose a colour in css/tokens.css with more contrast",
)
def test_text_stands_out_from_its_ground(text: str, ground: str) -> None:
    tokens = (STATIC / "css" / "tokens.css").read_text().split("@media")
    colours: dict[str, str] = {}
    for scheme in tokens[:2]:
        colours |= dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", scheme))
        light, dark = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= READABLE, scheme[:60]


def test_every_style_sheet_closes_what_it_opens():
    """Sheets are sent as one file: a brace too many or too few would change all that follow."""
    offenders = []
    for path in [*STATIC.glob("css/*.css"), *STATIC.parent.glob("*/*.css")]:
        text = path.read_text(encoding="utf-8")
        opened, closed = text.count("{"), text.count("}")
        errors = [rule.message for rule in tinycss2.parse_stylesheet(text) if rule.type == "error"]
        if opened != closed or errors:
            offenders.append((path.relative_to(STATIC.parent), f"{opened} braces opened, {closed} closed", *errors))
    no_offenders("a style sheet is sound by itself", offenders, "close each rule in the sheet that opens it")
