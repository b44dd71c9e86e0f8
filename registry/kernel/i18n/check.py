"""Check that the catalogue is complete: `python -m registry.kernel.i18n.check [--update]`."""

import argparse
import sys
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from registry.kernel.i18n import CATALOGUES, DEFAULT_LANGUAGE, LANGUAGES

ROOT: Final = Path(__file__).resolve().parents[3]
_WIDTH: Final = 110
_GUILLEMETS: Final = frozenset("\u00ab\u00bb")
# Folders with texts: walking the whole checkout would read the virtual environment too.
_FOLDERS: Final = ("config", "registry", "templates")


def po_path(language: str, catalogues: Path = CATALOGUES) -> Path:
    return catalogues / language / "LC_MESSAGES" / "messages.po"


def extract(root: Path = ROOT) -> Catalog:
    """All texts of code and templates, by the rules of babel.cfg; fails on a broken template."""
    with (root / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)  # type: ignore[no-untyped-call]
    keywords = DEFAULT_KEYWORDS | parse_keywords(["_l", "lazy_gettext", "_n:1,1", "_n_noop:1,1"])
    extracted = Catalog(project="registry", charset="utf-8")
    for path, _line, message, comments, context in extract_from_dir(
        root, methods, options, keywords, directory_filter=lambda folder: _is_ours(root, Path(folder))
    ):
        # No line numbers: they would change the catalogue with every edit of the code.
        extracted.add(message, None, [(Path(path).as_posix(), 0)], auto_comments=comments, context=context)
    return extracted


def _is_ours(root: Path, folder: Path) -> bool:
    return folder == root or folder.relative_to(root).parts[0] in _FOLDERS


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _is_translated(message: Message | None) -> bool:
    if message is None or not message.string:
        return False
    return isinstance(message.string, str) or all(message.string)


def problems(extracted: Catalog, catalogue: Catalog) -> list[str]:
    lines = []
    for message in extracted:
        if message.id and not _is_translated(catalogue.get(message.id, message.context)):
            where = ", ".join(sorted({path for path, _line in message.locations}))
            lines.append(f"not translated: {_id(message)!r} ({where})")
        if message.id and not _GUILLEMETS.isdisjoint(_id(message)):
            lines.append(f"quotation marks must be “ and ”: {_id(message)!r}")
    for message in catalogue:
        if not message.id:
            continue
        if message.fuzzy:
            lines.append(f"fuzzy: {_id(message)!r}")
        if extracted.get(message.id, message.context) is None:
            lines.append(f"no longer used: {_id(message)!r}")
        lines += [f"{error}: {_id(message)!r}" for error in message.check(catalogue)]
    lines += [f"no longer used: {_id(message)!r}" for message in catalogue.obsolete.values()]
    return lines


def _update(extracted: Catalog, catalogue: Catalog, path: Path) -> None:
    catalogue.update(extracted, no_fuzzy_matching=True, update_creation_date=False)
    with path.open("wb") as target:
        write_po(target, catalogue, width=_WIDTH, sort_output=True, ignore_obsolete=True, include_lineno=False)


def main(arguments: list[str] | None = None) -> int:
    """Check all catalogues, or with --update bring their message ids up to date; 1 when there are problems."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="add new texts, drop unused ones, then check")
    update = parser.parse_args(arguments).update
    extracted = extract()
    lines = []
    for language in LANGUAGES:
        if language == DEFAULT_LANGUAGE:
            continue
        path = po_path(language)
        with path.open("rb") as source:
            catalogue = read_po(source, locale=language)
        if update:
            _update(extracted, catalogue, path)
        lines += [f"{language}: {line}" for line in problems(extracted, catalogue)]
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(extracted)} texts, {len(lines)} problems\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
