"""Documents made from the program: fresh, complete, and a stale one is named."""

import re

import click

from config.settings import CHECKOUT
from registry.authz.actors import Role
from registry.authz.documents import describe_scope, permissions_document
from registry.authz.matrix import GRANTS
from registry.authz.permissions import P
from registry.kernel import documents
from registry.kernel.documents import DOCUMENTS
from tests.arch.sources import files, short, text_of
from tests.support.offenders import no_offenders


def test_the_documents_say_what_the_program_does(loaded_app):
    del loaded_app
    assert documents.stale(CHECKOUT, DOCUMENTS) == []


def test_a_missing_and_a_stale_document_are_named_and_written_once(tmp_path):
    makers = {"docs/a.md": lambda: "a\n", "docs/b.md": lambda: "b\n"}
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("old\n")

    assert documents.stale(tmp_path, makers) == ["docs/a.md", "docs/b.md"]
    assert documents.write(tmp_path, makers) == ["docs/a.md", "docs/b.md"]
    assert documents.write(tmp_path, makers) == []
    assert (tmp_path / "docs" / "b.md").read_text() == "b\n"


def test_the_documents_quote_names_that_the_sources_have():
    no_offenders("documents quote names of the sources", documents.unknown_names(CHECKOUT), "quote the name of today")


def test_a_name_that_no_source_has_is_named_with_its_line(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "a.py").write_text("def open_case(): ...\n")
    (tmp_path / "README.md").write_text("`open_case(ctx)` opens it\n\n`close_case` and `a.py`\n")

    assert documents.unknown_names(tmp_path) == ["README.md:3: close_case"]


def test_the_document_on_permissions_names_every_grant():
    document, wrong = permissions_document().splitlines(), []
    for permission in set(P) - {P.PUBLIC}:
        lines = [line for line in document if line.startswith(f"| `{permission}` |")]
        cells = [cell.strip() for line in lines for cell in line.split("|")[2:-1]]
        expected = [
            describe_scope(GRANTS[permission][role]) if role in GRANTS.get(permission, {}) else "" for role in Role
        ]
        if len(lines) != 2 or cells != expected:
            wrong.append((permission, f"{len(lines)} lines, {cells}, granted {expected}"))
    no_offenders("the document names every grant of every permission", sorted(wrong), "make it with `flask docs write`")


def test_the_documents_name_files_that_are_there():
    places = [CHECKOUT / folder for folder in ("", "registry", "registry/static", "templates")]
    # Files of an installation, which the checkout has not.
    elsewhere = ("var/",)
    offenders = [
        f"{short(page)}: {named}"
        for page in files(".md")
        for named in re.findall(r"`([a-z_]+(?:/[A-Za-z0-9_.-]+)+\.[a-z]{2,4})`", text_of(page))
        if not named.startswith(elsewhere) and not any((folder / named).exists() for folder in places)
    ]
    no_offenders("documents name files that are there", offenders, "name the file where the thing stands now")


def test_the_documents_name_commands_that_there_are(loaded_app):
    """`flask --app app db upgrade`: each word is a command of the group before it, up to the first argument."""
    offenders = []
    for page in files(".md"):
        for quoted in re.findall(r"flask --app app ([a-z][a-z -]*[a-z])", text_of(page)):
            command = loaded_app.cli
            for word in quoted.split():
                if isinstance(command, click.Group):
                    command = command.commands.get(word)
            if command is None:
                offenders.append(f"{short(page)}: {quoted}")
    no_offenders("documents name commands that there are", offenders, "name the command of today")


def test_the_readme_lists_every_document():
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    pages = [short(page) for page in files(".md", under="docs/") if "adr" not in page.parts]
    missing = [page for page in pages if f"({page})" not in readme]
    no_offenders(
        "README.md lists every document",
        missing,
        "paste into a row of its table",
        [f"[...]({page})" for page in missing],
    )


def test_each_decision_has_a_number_of_its_own():
    decisions = list(files(".md", under="docs/adr/"))
    by_number = {}
    for path in decisions:
        by_number.setdefault(path.name[:4], []).append(short(path))
    wrong_titles = [short(path) for path in decisions if not text_of(path).startswith(f"# {path.name[:4]} ")]
    no_offenders(
        "a decision has the next free number, which its title repeats",
        [*(" and ".join(names) for names in by_number.values() if len(names) > 1), *wrong_titles],
        "give the later one the next free number, in its name, title and where it is cited",
    )
