"""Every text that WTForms or Flask-WTF can show has a Vietnamese and, through the catalogue, an English form."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import flask_wtf
import pytest
import wtforms
from flask import Flask
from flask_wtf.file import FileSize
from werkzeug.datastructures import MultiDict
from wtforms import DecimalField, IntegerField, SelectChoice, SelectField, StringField, validators

from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.messages import FORM_TRANSLATIONS, MESSAGES, translate
from registry.kernel.i18n import force_locale, init_i18n

FUNCTIONS = {"gettext", "ngettext"}
VIETNAMESE = re.compile("[ăâđêôơưàáảãạ-ỹ]", re.IGNORECASE)


def _library_texts(package: Path) -> Iterator[str]:
    """The literal texts handed to gettext or ngettext anywhere in a package."""
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS:
                yield from (
                    argument.value
                    for argument in node.args
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                )


def _csrf_texts() -> Iterator[str]:
    source = Path(flask_wtf.csrf.__file__).read_text(encoding="utf-8")
    yield from re.findall(r'ValidationError\("([^"]+)"\)', source)


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.config.update(SECRET_KEY="s" * 32, WTF_CSRF_ENABLED=False)
    init_i18n(app)
    return app


class StructureForm(BaseForm):
    name = StringField("Tên", [validators.InputRequired(), validators.Length(max=5)])
    places = IntegerField("Số vị trí", [validators.NumberRange(1, 6)])
    height = DecimalField("Chiều cao", [validators.Optional()])
    kind = SelectField("Loại", choices=[SelectChoice("a", "A")])


def test_every_text_of_the_libraries_is_covered() -> None:
    texts = {text for package in (wtforms, flask_wtf) for text in _library_texts(Path(package.__file__).parent)}
    texts |= set(_csrf_texts())
    assert len(texts) > 40
    assert texts - set(MESSAGES) == set()


def test_every_text_of_ours_belongs_to_a_text_of_the_libraries_and_keeps_its_places() -> None:
    places = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}|%s")
    for library, ours in MESSAGES.items():
        assert sorted(places.findall(library)) == sorted(places.findall(str(ours))), library
        assert VIETNAMESE.search(str(ours)), library


def test_a_form_answers_in_vietnamese(app: Flask) -> None:
    with app.test_request_context(method="POST"):
        form = StructureForm(MultiDict({"name": "quá dài", "places": "9", "height": "cao", "kind": "b"}))
        assert not form.validate()
        assert form.errors == {
            "name": ["Số ký tự không được quá 5."],
            "places": ["Giá trị phải từ 1 đến 6."],
            "height": ["Giá trị phải là số; ví dụ đúng: 1.234,5."],
            "kind": ["Lựa chọn không có trong danh sách; hãy chọn một mục trong danh sách."],
        }


def test_a_form_answers_in_english_to_who_chose_english(app: Flask) -> None:
    with app.test_request_context(method="POST"), force_locale("en"):
        form = StructureForm(MultiDict({"name": "too long", "places": "x"}))
        assert not form.validate()
        assert form.errors["name"] == ["The number of characters must be at most 5."]
        assert form.errors["places"] == [
            "The value must be a whole number; for example: 12.",
            "The value must be between 1 and 6.",
        ]


def test_an_empty_required_field_says_so(app: Flask) -> None:
    with app.test_request_context(method="POST"):
        form = StructureForm(MultiDict({"name": ""}))
        assert not form.validate()
        assert form.errors["name"] == ["Trường này không được để trống."]


def test_the_size_of_a_file_is_told_in_megabytes() -> None:
    limit = 20 * 1024 * 1024
    assert FileSize(max_size=limit).max_size == limit
    assert translate(f"File must be between 0 and {limit} bytes.") == (
        "Dung lượng tệp phải lớn hơn 0 và không quá 20 MB."
    )


def test_texts_of_our_own_pass_unchanged() -> None:
    assert FORM_TRANSLATIONS.gettext("Chiều cao phải từ 3 m.") == "Chiều cao phải từ 3 m."
    assert FORM_TRANSLATIONS.ngettext(
        "Field cannot be longer than %(max)d character.", "Field cannot be longer than %(max)d characters.", 1
    ) == FORM_TRANSLATIONS.gettext("Field cannot be longer than %(max)d characters.")
