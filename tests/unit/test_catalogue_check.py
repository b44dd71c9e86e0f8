"""The check of the English catalogue names every gap."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from registry.kernel.i18n.check import extract, problems

CONFIG = "[python: registry/**.py]\n[jinja2: templates/**.html]\nsilent = false\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "babel.cfg").write_text(CONFIG, encoding="utf-8")
    for folder in ("registry", "templates", "other"):
        (tmp_path / folder).mkdir()
    (tmp_path / "registry" / "a.py").write_text(
        'x = _("Lưu")\ny = _l("Xóa %(name)s", name=1)\nz = _n("%(num)d hồ sơ", 2)\n',
        encoding="utf-8",
    )
    (tmp_path / "templates" / "a.html").write_text("{{ _('Đóng') }}", encoding="utf-8")
    (tmp_path / "other" / "b.py").write_text('_("Không phải của ta")', encoding="utf-8")
    return tmp_path


@pytest.fixture
def complete() -> Catalog:
    catalogue = Catalog(locale="en")
    catalogue.add("Lưu", "Save")
    catalogue.add("Xóa %(name)s", "Delete %(name)s")
    catalogue.add(("%(num)d hồ sơ", "%(num)d hồ sơ"), ("%(num)d case", "%(num)d cases"))
    catalogue.add("Đóng", "Close")
    return catalogue


def test_texts_of_code_and_templates_are_found_and_no_others(root: Path) -> None:
    ids = {message.id for message in extract(root) if message.id}
    assert ids == {"Lưu", "Xóa %(name)s", ("%(num)d hồ sơ", "%(num)d hồ sơ"), "Đóng"}


def test_a_complete_catalogue_has_no_problems(root: Path, complete: Catalog) -> None:
    assert problems(extract(root), complete) == []


def test_a_missing_translation_is_named_with_its_file(root: Path, complete: Catalog) -> None:
    complete.delete("Đóng")
    assert problems(extract(root), complete) == ["not translated: 'Đóng' (templates/a.html)"]


def test_half_a_plural_is_not_enough(root: Path, complete: Catalog) -> None:
    key = ("%(num)d hồ sơ", "%(num)d hồ sơ")
    complete.delete(key)
    complete.add(key, ("%(num)d case", ""))
    assert problems(extract(root), complete)[0].startswith("not translated: '%(num)d hồ sơ'")


def test_fuzzy_unused_and_misspelt_places_are_named(root: Path, complete: Catalog) -> None:
    complete.add("Lưu", "Save", flags=["fuzzy"])
    complete.add("Cũ", "Old")
    complete.delete("Xóa %(name)s")
    complete.add("Xóa %(name)s", "Delete %(nmae)s")
    lines = problems(extract(root), complete)
    assert "fuzzy: 'Lưu'" in lines
    assert "no longer used: 'Cũ'" in lines
    assert any("Xóa %(name)s" in line for line in lines)


def test_a_broken_template_stops_the_check(root: Path) -> None:
    (root / "templates" / "b.html").write_text("{% if %}", encoding="utf-8")
    with pytest.raises(Exception, match="Expected an expression"):
        extract(root)


def test_guillemets_in_a_text_are_a_problem(root: Path, complete: Catalog) -> None:
    (root / "templates" / "b.html").write_text("{{ _('Bấm \u00abLưu\u00bb') }}", encoding="utf-8")
    complete.add("Bấm \u00abLưu\u00bb", "Press “Save”")
    assert [line for line in problems(extract(root), complete) if "quotation marks" in line]
