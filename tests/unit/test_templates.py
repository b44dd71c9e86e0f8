"""Layout and macros, rendered without a database."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, Response, render_template_string
from wtforms import BooleanField, DecimalField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Optional

from registry.authz.navigation import NavLink
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import form_field
from registry.kernel.http.static_files import init_static_files
from registry.kernel.i18n import _l, init_i18n
from registry.kernel.lists.markup import named_links

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"
STATIC = ROOT / "registry" / "static"


class StructureForm(BaseForm):
    """A form with one field of each sort."""

    code = StringField("Mã riêng", validators=[DataRequired()], description="Ví dụ THA-0123.")
    name = StringField("Tên", validators=[Optional()])
    height = DecimalField("Chiều cao", validators=[DataRequired()], render_kw={"data_unit": "m"})
    kind = SelectField(
        "Loại", choices=[SelectChoice("a", "Cột"), SelectChoice("b", "Cống")], validators=[DataRequired()]
    )
    form_of = RadioField("Hình thức", choices=[SelectChoice("x", "Tự đứng")], validators=[DataRequired()])
    public = BooleanField("Tài sản công")


class Page(HTMLParser):
    """What the tests ask of a page: its elements with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, name: str) -> list[str]:
        return [str(attributes[name]) for _, attributes in self.elements if name in attributes]

    def ids(self) -> set[str]:
        return set(self.values("id"))


@pytest.fixture
def app() -> Flask:
    app = Flask("look", template_folder=str(TEMPLATES), static_folder=str(STATIC))
    app.config.update(SECRET_KEY="only for this test", WTF_CSRF_ENABLED=False, TESTING=True)
    init_i18n(app)
    init_static_files(app)
    app.jinja_env.filters["named_links"] = named_links
    app.jinja_env.globals.update(csrf_token=lambda: "token", unread_notices=lambda: 3, most_counted_notices=99)
    for endpoint, rule in (
        ("home.index", "/"),
        ("open_data.index", "/open-data"),
        ("accounts.login", "/login"),
        ("accounts.logout", "/logout"),
        ("structures.list", "/structures"),
        ("preferences.language", "/language"),
        ("notices.index", "/notices"),
        ("basemap.about", "/basemap"),
        ("search.results", "/search"),
        ("help.index", "/help"),
    ):
        app.add_url_rule(rule, endpoint, lambda: Response(""))
    return app


def render(app: Flask, source: str, *, method: str = "GET", **values: object) -> str:
    with app.test_request_context("/structures?q=a", method=method, data=values.pop("data", None)):  # type: ignore[arg-type]
        form = StructureForm() if method == "POST" else None
        if form is not None:
            form.validate()
            values["form"] = form
        return render_template_string(source, **values)


BASE = (
    '{% extends "layout/base.html" %}{% block title %}Công trình{% endblock %}'
    "{% block content %}<p>ở đây</p>{% endblock %}"
)
#: Sheets that only the page which needs them asks for.
OF_ONE_PAGE = {"official-paper.css", "label.css", "label-a4.css", "label-60x40.css"}
ACTOR = SimpleNamespace(display_name="Nguyễn <An>", organisation_name="Sở KH&CN", role_label="Cơ quan chủ trì")
NAVIGATION = [NavLink("Công trình", "/structures", "map", is_current=True)]
FORM = (
    '{% import "macros/forms.html" as forms %}{{ forms.error_summary(form) }}'
    '{% call forms.form_tag(form, action="/structures") %}'
    "{% for item in form %}{{ forms.field(item) }}{% endfor %}{{ forms.submit('Lưu') }}{% endcall %}"
)


def test_every_file_that_a_page_asks_for_exists(app: Flask) -> None:
    maps = '{% import "macros/map.html" as maps %}{{ maps.styles() }}{{ maps.script() }}{{ maps.script("picker") }}'
    page = Page(render(app, BASE, navigation=NAVIGATION) + render(app, maps))
    asked = page.values("href") + page.values("src")
    static = re.compile(r"/static/(?:r[0-9a-f]{16}/)?([^#]+)")
    files = [match[1] for address in asked if (match := static.match(address))]
    assert [name for name in files if not (STATIC / name).is_file()] == []
    assert "css/site.css" in files
    joined = re.findall(r'@import "(.+)";', (STATIC / "css" / "site.css").read_text(encoding="utf-8"))
    assert len(joined) == len(set(joined))
    sheets = {path.name for path in (STATIC / "css").glob("*.css")}
    of_features = {f"../../{path.parent.name}/{path.name}" for path in STATIC.parent.glob("*/*.css")}
    assert {"site.css", *joined} | OF_ONE_PAGE == sheets | of_features


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_page_says_its_language_and_offers_the_other(app: Flask, language: str) -> None:
    page = Page(render(app, BASE, locale=language, navigation=NAVIGATION))
    other = "en" if language == "vi" else "vi"
    assert page.all("html")[0]["lang"] == language
    switch = next(link for link in page.all("a") if link.get("hreflang"))
    assert switch["lang"] == other
    assert switch["href"] == f"/language?language={other}&next=/structures?q%3Da"


def test_a_page_has_one_main_part_that_the_skip_link_reaches(app: Flask) -> None:
    page = Page(render(app, BASE))
    assert [main["id"] for main in page.all("main")] == ["main"]
    assert page.all("a")[0]["href"] == "#main"


def test_signed_in_people_can_sign_out_by_post_and_names_are_escaped(app: Flask) -> None:
    html = render(app, BASE, current_actor=ACTOR, navigation=NAVIGATION)
    assert 'action="/logout" method="post"' in html
    assert "Nguyễn &lt;An&gt;" in html
    assert "<An>" not in html
    assert "Đăng nhập" not in html


def test_the_current_page_is_marked_in_the_navigation(app: Flask) -> None:
    page = Page(render(app, BASE, navigation=NAVIGATION))
    assert [link["href"] for link in page.all("a") if link.get("aria-current") == "page"] == ["/structures"]


@pytest.mark.parametrize("sample", [True, False])
def test_sample_data_is_marked_on_every_page(app: Flask, sample: bool) -> None:
    assert ("sample-badge" in render(app, BASE, sample_data=sample)) is sample
    assert ("sample-badge" in render(app, BASE.replace("base", "bare"), sample_data=sample)) is sample


def test_labels_hints_and_errors_belong_to_their_fields(app: Flask) -> None:
    page = Page(render(app, FORM, method="POST"))
    ids = page.ids()
    labelled = {label["for"] for label in page.all("label")}
    for tag in ("input", "select"):
        for control in page.all(tag):
            assert control.get("type") == "hidden" or control["id"] in labelled
    described = page.values("aria-describedby")
    assert described
    assert {part for text in described for part in text.split()} <= ids
    code = next(item for item in page.all("input") if item.get("id") == "code")
    assert code["aria-describedby"] == "code-hint code-error"
    assert code["aria-invalid"] == "true"


def test_the_error_summary_leads_to_each_wrong_field_and_the_title_says_so(app: Flask) -> None:
    html = render(app, FORM, method="POST", data={"name": "Trạm"})
    page = Page(html)
    targets = [str(link["href"]) for link in page.all("a")]
    assert targets == ["#code", "#height", "#kind", "#form_of"]
    assert {target.removeprefix("#") for target in targets} <= page.ids()
    assert "Mã riêng: Trường này không được để trống." in html
    assert "<title>Lỗi: Công trình" in render(app, BASE, method="POST")


def test_a_form_without_errors_has_no_summary(app: Flask) -> None:
    html = render(app, FORM, method="POST", data={"code": "A", "height": "3", "kind": "a", "form_of": "x"})
    assert "error-summary" not in html
    assert "aria-invalid" not in html


def test_what_was_typed_is_kept_and_escaped(app: Flask) -> None:
    html = render(app, FORM, method="POST", data={"name": '"><script>x</script>'})
    assert "&lt;script&gt;" in html
    assert "<script>x" not in html


def test_optional_fields_say_so_and_units_stand_beside_numbers(app: Flask) -> None:
    html = render(app, FORM, method="POST")
    assert html.count("(không bắt buộc)") == 1
    assert '<span class="unit">m</span>' in html
    height = next(item for item in Page(html).all("input") if item.get("id") == "height")
    assert (height["type"], height["inputmode"]) == ("text", "decimal")


def test_a_field_that_one_answer_requires_says_which(app: Flask) -> None:
    field = form_field(Field("why", "Lý do", needed_when="khi không đồng ý"))
    with app.test_request_context("/"):
        form = type("WhyForm", (BaseForm,), {"why": field})()
        html = render_template_string('{% import "macros/forms.html" as f %}{{ f.field(form.why) }}', form=form)
    assert '<span class="optional">(bắt buộc khi không đồng ý)</span>' in html
    assert "(không bắt buộc)" not in html


def test_a_sorted_column_says_its_direction(app: Flask) -> None:
    columns = [
        {"label": "Mã", "sort_url": "?sort=-code", "direction": "asc"},
        {"label": "Loại", "sort_url": "?sort=kind"},
        {"label": "Chủ"},
    ]
    source = (
        '{% from "macros/list.html" import table, row, cell %}{% call table(columns, "Công trình") %}'
        '{% call row(7) %}{{ cell("Mã", "<b>", main=true) }}{{ cell("Loại", none) }}{{ cell("Chủ", 0) }}'
        "{% endcall %}{% endcall %}"
    )
    html = render(app, source, columns=columns)
    headings = Page(html).all("th")
    assert [heading.get("aria-sort") for heading in headings] == ["ascending", None, None]
    assert "&lt;b&gt;" in html
    assert Page(html).all("tr")[1]["data-record"] == "7"
    assert [cell["data-label"] for cell in Page(html).all("td")] == ["Mã", "Loại", "Chủ"]
    assert re.search(r">\s*0\s*</td>", html), "zero is a value, not an empty cell"


def test_a_filter_chip_is_a_link_that_takes_its_filter_away(app: Flask) -> None:
    chips = [{"label": "Loại", "value": "Cột <ăng ten>", "remove_url": "/structures?b=2"}]
    source = '{% from "macros/list.html" import filter_chips %}{{ filter_chips(chips, "/structures") }}'
    html = render(app, source, chips=chips)
    assert [link["href"] for link in Page(html).all("a")] == ["/structures?b=2", "/structures"]
    assert "Cột &lt;ăng ten&gt;" in html


def test_the_map_carries_its_settings_as_data(app: Flask) -> None:
    source = (
        '{% import "macros/map.html" as maps %}{{ maps.map(tiles="/t/{z}/{x}/{y}.mvt?q=a&b=c",'
        ' bounds=[104.3, 19.2, 106.1, 20.7], kinds={"manhole": "Bể \\"cáp\\""}, sharing={"available": "Còn"}) }}'
    )
    container = next(item for item in Page(render(app, source)).all("div") if "data-map" in item)
    assert container["data-tiles"] == "/t/{z}/{x}/{y}.mvt?q=a&b=c"
    assert json.loads(str(container["data-bounds"])) == [104.3, 19.2, 106.1, 20.7]
    assert json.loads(str(container["data-kinds"])) == {"manhole": 'Bể "cáp"'}
    assert json.loads(str(container["data-texts"]))["zoomIn"] == "Phóng to"


@pytest.mark.parametrize(("status", "title"), [(404, "Không tìm thấy"), (500, "Hệ thống gặp lỗi"), (418, "Không thực")])
def test_an_error_page_finds_its_title_from_the_status(app: Flask, status: int, title: str) -> None:
    html = render(app, '{% include "errors/error.html" %}', status=status, message="Câu báo lỗi.")
    assert f"<h1>{title}" in html
    assert f"<title>{title}" in html


def test_sub_classes_of_field_types_get_the_right_control(app: Flask) -> None:
    class Kind(SelectField):  # type: ignore[misc]  # WTForms ships no types
        """A select field under another name."""

    class OtherForm(BaseForm):
        kind = Kind("Loại", choices=[SelectChoice("a", "Cột")], render_kw={"aria-required": "true"})

    with app.test_request_context("/"):
        html = render_template_string('{% import "macros/forms.html" as f %}{{ f.field(form.kind) }}', form=OtherForm())
    assert 'class="form-select' in html
    assert "(không bắt buộc)" not in html


def test_a_list_with_a_choice_to_be_made_is_not_optional(app: Flask) -> None:
    class MonthForm(BaseForm):
        month = SelectField("Tháng", choices=[SelectChoice("", _l("Hãy chọn")), SelectChoice("2026-12", "12/2026")])
        kind = SelectField("Loại", choices=[SelectChoice("", "Tất cả"), SelectChoice("a", "Cột")])

    with app.test_request_context("/"):
        source = '{% import "macros/forms.html" as f %}{{ f.field(form.month) }}|{{ f.field(form.kind) }}'
        month, kind = render_template_string(source, form=MonthForm()).split("|")
    assert "(không bắt buộc)" not in month
    assert "(không bắt buộc)" in kind


def test_an_error_page_says_what_happened_and_what_to_do(app: Flask) -> None:
    source = '{% include "errors/error.html" %}'
    for layout in ("layout/base.html", "layout/bare.html"):
        html = render(app, source, title="Không tìm thấy", message="Mã này không có.", request_id="01JD", layout=layout)
        assert "Mã này không có." in html
        assert "01JD" in html
        assert "Về trang đầu" in html
