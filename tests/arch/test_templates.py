"""Templates: all of them used, nothing inline, nothing unescaped."""

import re

from tests.arch.sources import CHECKOUT, files, lines_with, short, text_of
from tests.support.offenders import no_offenders

TEMPLATES = files(".html", under="templates/")
PYTHON = files(".py", under="registry/")


def test_every_template_is_used():
    named = set()
    for path in (*TEMPLATES, *PYTHON):
        named |= set(re.findall(r"""["']([\w/]+\.html)["']""", text_of(path)))
    there = {short(path).removeprefix("templates/") for path in TEMPLATES}
    assert there - named == set()


def test_every_template_that_is_named_is_there():
    rendered = re.compile(r"""(?:render_template\(\s*|extends |include |from |import )["']([\w/]+\.html)["']""")
    missing = [
        f"{short(path)}: {name}"
        for path in (*TEMPLATES, *PYTHON)
        for name in rendered.findall(text_of(path))
        if not (CHECKOUT / "templates" / name).is_file()
    ]
    assert missing == []


def test_nothing_switches_escaping_off():
    # What a template rendered is escaped already; the texts of our catalogues are ours, as Jinja's extension has it; a
    # literal with places for values escapes them; the cells of lists escape each value themselves, for speed
    # (unit/test_list_markup.py).
    unescaped = re.compile(r"\|\s*safe\b|autoescape false|Markup\((?!render_template\(|[\"']|$)")
    inside = {"registry/kernel/i18n/__init__.py", "registry/kernel/lists/markup.py"}
    outside = [path for path in (*TEMPLATES, *PYTHON) if short(path) not in inside]
    assert lines_with(unescaped, outside) == []


def test_no_template_holds_scripts_styles_or_handlers_of_its_own():
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)|<style\b|\sstyle\s*=|\son[a-z]+\s*=|javascript:|hx-on|hx-vals=[\"']js", re.IGNORECASE
    )
    # What stands in an attribute of a macro's call is markup too.
    computed = re.compile(
        r"<script(?![^>]*\bsrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<style|javascript:|hx-on|hx-vals=[\"']js"
    )
    offenders = []
    for path in TEMPLATES:
        # What Jinja computes is not markup; data blocks (type="application/json") run nothing.
        markup = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text_of(path), flags=re.DOTALL)
        markup = re.sub(r'<script type="application/json"', "<data", markup)
        offenders += [f"{short(path)}: {match.group(0)}" for match in inline.finditer(markup)]
        offenders += [f"{short(path)}: {match.group(0)}" for match in computed.finditer(text_of(path))]
    no_offenders(
        "no template holds a script, a style or a handler of its own",
        offenders,
        "move it to a file of registry/static: the content policy refuses what is inline",
    )


def test_templates_load_nothing_from_other_hosts():
    foreign = re.compile(r"""(?:src|href|action)=["']\s*(?:https?:)?//""")
    no_offenders(
        "templates load nothing from other hosts",
        lines_with(foreign, TEMPLATES),
        "vendor the file with `make vendor`",
    )


#: Pages that ask for one act alone, and why; a filled red button stands on no other page.
CONFIRMING = {
    "accounts/withdraw_succession.html": "asks whether a succession is withdrawn",
    "imports/undo.html": "asks whether an import is undone",
    "saved_searches/delete.html": "asks whether a filter is deleted",
    "workflow/move.html": "asks what one step needs, also as a dialog of its case",
}


def test_a_filled_red_button_stands_only_where_the_page_asks_for_this_act():
    filled = re.compile(r"""\bbtn-danger\b|\bkind\s*=\s*["']danger["']""")
    outside = [path for path in TEMPLATES if short(path).removeprefix("templates/") not in CONFIRMING]
    no_offenders(
        "a filled red button stands only where the page asks for this act alone",
        lines_with(filled, outside),
        'use kind="quiet-danger", or a menu item with `menu-danger`',
    )


def test_every_form_that_is_posted_carries_a_token():
    naked = []
    for path in TEMPLATES:
        for form in re.findall(r"<form\b.*?</form>", text_of(path), re.DOTALL):
            posted = re.search(r"""method=["']?post""", form, re.IGNORECASE)
            if posted and not re.search(r"csrf|\bhidden\(", form):
                naked.append(short(path))
    assert naked == []


#: What rounds in a template, with the reason.
ROUNDING = {
    "templates/indicators/_parts.html": "places in a drawing",
    "templates/imports/_said.html": "a distance in whole metres",
    "templates/imports/row.html": "a distance in whole metres",
    "templates/structures/form.html": "a distance in whole metres",
    "templates/routelists/proposal.html": "points of the solver, kept in hundredths",
}


def test_figures_are_rounded_where_they_are_computed():
    """Page, list, file and paper show the same digits (`percent_of`, `whole_percent`)."""
    rounding = re.compile(r"\|\s*round\b|\b100\s*\*|\*\s*100\b")
    paths = [path for path in TEMPLATES if short(path) not in ROUNDING]
    no_offenders(
        "templates neither round nor compute figures", lines_with(rounding, paths), "round where it is computed"
    )
