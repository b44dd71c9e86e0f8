"""`flask styleguide FILE`: each component of the pages in its states, in both schemes, as one page for developers.

The page is written, not served: an installation has no route of it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click
from flask import current_app, render_template
from flask.cli import with_appcontext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from registry.kernel.http.static_files import joined_sheet
from registry.kernel.i18n import _, _l

_BOOTSTRAP: Final = "vendor/bootstrap-5.3.9/bootstrap.min.css"
_SPRITES: Final = ("vendor/lucide-1.62.0/sprite.svg", "map/symbols.svg")
#: The dark scheme of tokens.css, whose rules a part of the page takes.
_DARK: Final = re.compile(r"color-scheme: dark;\s*(--.*?)\}", re.DOTALL)
#: A state that only a pointer or a key gives, and the class that shows it here.
_STATES: Final = {":hover": ".is-hover", ":focus-visible": ".is-focus", ":active": ".is-active"}


class _Sample(Form):  # type: ignore[misc]  # wtforms ships no types
    """One field of each widget."""

    name = StringField(_l("Tên công trình"), [InputRequired(_l("Vui lòng nhập tên công trình."))])
    kind = SelectField(_l("Loại công trình"), choices=[SelectChoice("tower", _l("Cột ăng ten"))])
    note = TextAreaField(_l("Ghi chú"))
    published = BooleanField(_l("Công bố"))


def styleguide_page() -> str:
    """The page as HTML that needs no other file."""
    static = Path(current_app.static_folder or "")
    sheet = joined_sheet(static / "css" / "site.css").decode()
    dark = _DARK.search(sheet)
    if dark is None:
        message = "tokens.css has no dark scheme"
        raise ValueError(message)
    refused = _Sample(MultiDict({"name": "", "kind": "tower"}))
    refused.validate()
    html = render_template(
        "help/styleguide.html", form=_Sample(data={"name": "Trạm Bỉm Sơn 1", "kind": "tower"}), refused=refused
    )
    # In two columns the parts cannot follow the scheme of the window.
    styles = [
        (static / _BOOTSTRAP).read_text(encoding="utf-8"),
        sheet.split("@media screen and (prefers-color-scheme")[0],
    ]
    # Tokens that are made from others were computed at the root.
    derived = "".join(re.findall(r"--bs-[a-z-]+: var\(--[a-z-]+\);", sheet))
    styles += [_without_schemes(sheet), f".scheme-dark {{ color-scheme: dark; {dark[1]} {derived} }}"]
    css = "\n".join(styles)
    shown_states = css
    for state, name in _STATES.items():
        shown_states = shown_states.replace(state, name)
    sprites = "".join((static / sprite).read_text(encoding="utf-8") for sprite in _SPRITES)
    html = re.sub(r'href="[^"#]+\.svg#', 'href="#', html)
    return html.replace("<!-- styles -->", f"<style>{css}\n{shown_states}</style>").replace("<!-- sprites -->", sprites)


def _without_schemes(sheet: str) -> str:
    """A sheet after its tokens."""
    return sheet.rsplit("prefers-contrast: more", 1)[1].split("\n}\n", 1)[1]


@click.command("styleguide")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@with_appcontext
def styleguide_command(file: Path) -> None:
    """Write a page that shows each component in its states, light and dark.

    Example: flask --app app styleguide var/styleguide.html
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with current_app.test_request_context():
        file.write_text(styleguide_page(), encoding="utf-8")
    click.echo(_("Đã ghi %(file)s", file=file))
