"""Languages, and the way dates, numbers and money are written."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from babel.messages.pofile import read_po
from flask import Flask, Response, render_template_string
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from registry.kernel import i18n
from registry.kernel.fields import parse_day
from registry.kernel.i18n import _, _l, _n, _n_noop, in_language

NBSP = "\N{NO-BREAK SPACE}"
PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Lưu"
msgstr "Save"

msgid "%(num)d công trình"
msgid_plural "%(num)d công trình"
msgstr[0] "%(num)d structure"
msgstr[1] "%(num)d structures"

msgid "đồng"
msgstr "VND"

msgid "Giá trị %(value)s sai"
msgstr "Value %(value)s is wrong"
"""


@pytest.fixture
def client(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("translations")
    (folder / "en" / "LC_MESSAGES").mkdir(parents=True)
    (folder / "en" / "LC_MESSAGES" / "messages.po").write_text(PO, encoding="utf-8")
    monkeypatch.setattr(i18n, "CATALOGUES", folder)
    i18n.catalogue.cache_clear()
    app = Flask(__name__)
    i18n.init_i18n(app)

    @app.get("/")
    def page() -> str:
        return render_template_string(
            "{{ current_locale() }}|{{ _('Lưu') }}|{{ ngettext('%(num)d công trình', '%(num)d công trình', 2) }}"
            "|{{ _('90% số hồ sơ') }}|{{ _('%(part)s%% số hồ sơ', part=9) }}"
            "|{{ wrong }}|{{ 1234567.5|number }}|{{ day|long_date }}|{{ 1234567|money }}|{{ 45|metres }}",
            wrong=_l("Giá trị %(value)s sai", value="<b>"),
            day=date(2026, 3, 1),
        )

    @app.get("/choose/<language>")
    def choose(language: str) -> Response:
        return i18n.remember_language(Response("ok"), language)

    yield app.test_client()
    i18n.catalogue.cache_clear()


def test_pages_are_vietnamese_whatever_the_browser_asks_for(client: FlaskClient) -> None:
    text = client.get("/", headers={"Accept-Language": "en"}).text
    assert text == (
        "vi|Lưu|2 công trình|90% số hồ sơ|9% số hồ sơ"
        f"|Giá trị &lt;b&gt; sai|1.234.567,5|ngày 01 tháng 3 năm 2026|1.234.567{NBSP}đồng|45{NBSP}m"
    )


def test_pages_are_english_for_who_chose_english(client: FlaskClient) -> None:
    client.get("/choose/en")
    text = client.get("/").text
    assert text == (
        "en|Save|2 structures|90% số hồ sơ|9% số hồ sơ"
        f"|Value &lt;b&gt; is wrong|1,234,567.5|1 March 2026|1,234,567{NBSP}VND|45{NBSP}m"
    )


def test_the_choice_changes_between_two_requests_inside_one_application_context(client: FlaskClient) -> None:
    with client.application.app_context():
        assert client.get("/").text.startswith("vi|")
        client.get("/choose/en")
        assert client.get("/").text.startswith("en|")


def test_an_unknown_language_in_the_cookie_means_vietnamese(client: FlaskClient) -> None:
    client.set_cookie(i18n.LANGUAGE_COOKIE, "xx")
    assert client.get("/").text.startswith("vi|")


def test_it_refuses_to_remember_an_unknown_language() -> None:
    with pytest.raises(ValueError, match="'xx'"):
        i18n.remember_language(Response(), "xx")


def test_texts_are_vietnamese_without_any_application() -> None:
    assert _("Giá trị %(value)s sai", value=3) == "Giá trị 3 sai"
    assert str(_l("Lưu")) == "Lưu"
    assert _n("%(num)d hồ sơ", 5) == "5 hồ sơ"
    assert i18n.current_locale() == "vi"


def test_texts_are_vietnamese_in_a_worker_unless_it_writes_to_somebody_else(client: FlaskClient) -> None:
    with client.application.app_context():
        assert _("Lưu") == "Lưu"
        with i18n.force_locale("en"):
            assert _("Lưu") == "Save"
        assert _("Lưu") == "Lưu"


@pytest.mark.parametrize(("num", "text"), [(0, "0 structures"), (1, "1 structure"), (2, "2 structures")])
def test_a_count_has_its_form_in_each_language(client: FlaskClient, num: int, text: str) -> None:
    marked = _n_noop("%(num)d công trình")
    with client.application.app_context():
        assert _n(marked, num) == f"{num} công trình"
        with i18n.force_locale("en"):
            assert _n(marked, num) == text


def test_counts_in_sentences_have_thousands_separators_and_years_have_none(client: FlaskClient) -> None:
    values = {"length": 4001, "most": 4000}
    with client.application.test_request_context():
        assert (
            _("Nội dung dài %(length)d ký tự, tối đa %(most)d.", **values) == "Nội dung dài 4.001 ký tự, tối đa 4.000."
        )
        assert _n("Đã ghi %(num)d tuyến của năm %(year)d.", 12_345, year=2027) == "Đã ghi 12.345 tuyến của năm 2027."
        page = '{{ ngettext("%(num)d dòng của %(name)s", "%(num)d dòng của %(name)s", 1234, name="<b>") }}'
        assert render_template_string(page) == "1.234 dòng của &lt;b&gt;"
        assert render_template_string('{{ _("%(count)d dòng năm %(year)d", count=1000, year=2027) }}') == (
            "1.000 dòng năm 2027"
        )


def test_lazy_texts_wait_for_the_reader(client: FlaskClient) -> None:
    label = _l("Lưu")
    with client.application.app_context(), i18n.force_locale("en"):
        assert f"{label}!" == "Save!"
    assert label == "Lưu"


def test_dates_are_those_of_a_vietnamese_clock() -> None:
    evening = datetime(2026, 2, 28, 17, 30, tzinfo=UTC)
    assert i18n.format_date(evening) == "01/03/2026"
    assert i18n.format_datetime(evening) == "01/03/2026 00:30"
    assert i18n.format_date(date(2026, 1, 9)) == "09/01/2026"


def test_a_day_near_leaves_its_year_out_unless_it_is_another(client: FlaskClient) -> None:
    today, near, far = date(2026, 12, 2), date(2026, 12, 5), date(2027, 1, 4)
    assert (i18n.format_date_near(near, today), i18n.format_date_near(far, today)) == ("05/12", "04/01/2027")
    with client.application.app_context(), i18n.force_locale("en"):
        assert (i18n.format_date_near(near, today), i18n.format_date_near(far, today)) == ("5 Dec", "4 Jan 2027")


def test_english_dates_name_the_month_and_typed_ones_are_the_same_in_both(client: FlaskClient) -> None:
    evening = datetime(2026, 2, 28, 17, 30, tzinfo=UTC)
    with client.application.app_context(), i18n.force_locale("en"):
        assert i18n.format_date(date(2026, 12, 5)) == "5 Dec 2026"
        assert i18n.format_datetime(evening) == "1 Mar 2026 00:30"
        assert i18n.typed_date(evening) == "01/03/2026"
        assert i18n.typed_datetime(evening) == "01/03/2026 00:30"


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["vi", "en"]))
def test_a_day_is_read_as_pages_and_fields_write_it(loaded_app: Flask, day: date, language: str) -> None:
    with loaded_app.app_context(), i18n.force_locale(language):
        assert parse_day(i18n.format_date(day)) == parse_day(i18n.typed_date(day)) == day


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        i18n.format_datetime(datetime(2026, 1, 1))  # noqa: DTZ001  # the very thing that is refused


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 3, 1), "ngày 01 tháng 3 năm 2026"),
        (date(2026, 2, 28), "ngày 28 tháng 02 năm 2026"),
        (date(2026, 12, 10), "ngày 10 tháng 12 năm 2026"),
    ],
)
def test_documents_write_the_date_as_the_decree_says(day: date, text: str) -> None:
    assert i18n.format_long_date(day) == text


def test_times_are_told_from_now() -> None:
    now = datetime(2026, 3, 4, tzinfo=UTC)
    assert i18n.format_relative(datetime(2026, 3, 1, tzinfo=UTC), now) == "3 ngày trước"
    assert i18n.format_relative(datetime(2026, 3, 4, 2, tzinfo=UTC), now) == "sau 2 giờ nữa"


def test_numbers_keep_all_their_digits_unless_told() -> None:
    assert i18n.format_number(Decimal("1234567.80")) == "1.234.567,8"
    assert i18n.format_number(Decimal("2191076.73456")) == "2.191.076,73456"
    assert i18n.format_number(Decimal("2191076.7"), 2) == "2.191.076,70"
    assert i18n.format_number(Decimal("-0.5")) == "-0,5"


def test_nothing_is_written_as_nothing() -> None:
    assert i18n.format_date(None) == i18n.format_number(None) == i18n.format_money(None) == ""
    assert i18n.format_datetime(None) == i18n.format_relative(None) == i18n.format_metres(None) == ""
    assert i18n.format_long_date(None) == ""


def test_a_label_is_said_in_a_language_where_there_is_no_application() -> None:
    assert in_language(_l("Đang kiểm tra"), "en") == "Checking"
    assert in_language(_l("Đang kiểm tra"), "vi") == "Đang kiểm tra"
    assert in_language("CSV", "en") == "CSV"


def test_a_percent_sign_in_a_text_of_a_template_is_doubled():
    """Templates put values into each of their texts: a single sign is an error of the page."""
    path = i18n.CATALOGUES / "en" / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        texts = [
            message.id
            for message in read_po(source)
            if any(file.endswith(".html") for file, _line in message.locations)
        ]
    single = re.compile(r"%(?!\(\w+\)[-+.\d]*[sdf])")
    signs = [text for each in texts for text in ((each,) if isinstance(each, str) else each)]
    assert [text for text in signs if single.search(text.replace("%%", ""))] == []
