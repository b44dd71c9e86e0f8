"""Pages in English hold no Vietnamese but names, what people wrote, and quoted law."""

import html
import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import text

from registry.kernel.i18n.passages import is_vietnamese
from registry.kernel.i18n.stored import NAMES
from tests.permissions.cases import address, table
from tests.support.fixtures import all_rows
from tests.support.offenders import no_offenders

#: They open by turns what both may open; each opens all of it in the trials, and others do.
TAKE_TURNS = ("so.khcn", "viettel")
READERS = [
    *((name, False) for name in TAKE_TURNS),
    *(pytest.param(name, True, marks=pytest.mark.trial) for name in (*TAKE_TURNS, "kiemtra1", "quantri")),
]
#: Letters that only Vietnamese has.
_LETTERS = "ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
_WORD = re.compile(rf"\w*[{_LETTERS}]\w*", re.IGNORECASE)
#: "Đ41" of a law.
_ARTICLE = re.compile(r"đ\d+")
_HIDDEN = re.compile(r"<(script|style|textarea|template|pre)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_TAGS = re.compile(r"<[^>]+>")
#: What people wrote, and proper names: columns whose words may stand on a page as they are.
WRITTEN = (
    "SELECT name FROM admin_unit UNION ALL SELECT name || ' ' || short_name FROM organisation"
    " UNION ALL SELECT full_name FROM user_account UNION ALL SELECT name FROM street"
    " UNION ALL SELECT concat_ws(' ', name, address, road_name, note) FROM structure"
    " UNION ALL SELECT concat_ws(' ', sharing_conditions, funding_source) FROM structure"
    " UNION ALL SELECT label FROM capacity_place UNION ALL SELECT name FROM saved_search"
    " UNION ALL SELECT row_to_json(t)::text FROM bulk_edit t UNION ALL SELECT row_to_json(t)::text FROM attachment t"
    " UNION ALL SELECT concat_ws(' ', equipment, holder_name) FROM capacity_entry"
    " UNION ALL SELECT row_to_json(t)::text FROM colocation_request t"
    " UNION ALL SELECT row_to_json(t)::text FROM colocation_item t"
    " UNION ALL SELECT row_to_json(t)::text FROM colocation_agreement t"
    " UNION ALL SELECT row_to_json(t)::text FROM occupation t"
    " UNION ALL SELECT row_to_json(t)::text FROM route_item t"
    " UNION ALL SELECT row_to_json(t)::text FROM building_notice t"
    " UNION ALL SELECT row_to_json(t)::text FROM obstacle t"
    " UNION ALL SELECT row_to_json(t)::text FROM offered_site t"
    " UNION ALL SELECT row_to_json(t)::text FROM site_request t"
    " UNION ALL SELECT row_to_json(t)::text FROM joint_build t"
    " UNION ALL SELECT row_to_json(t)::text FROM joint_interest t"
    " UNION ALL SELECT row_to_json(t)::text FROM ppp_project t"
    " UNION ALL SELECT concat_ws(' ', description, address, given_place) FROM violation"
    " UNION ALL SELECT said::text FROM case_event UNION ALL SELECT text FROM case_message"
    " UNION ALL SELECT concat_ws(' ', text, marks) FROM incident_report UNION ALL SELECT name FROM incident_storm"
    " UNION ALL SELECT problems::text FROM incident_storm_file"
    " UNION ALL SELECT concat_ws(' ', legal_basis, note) FROM tariff"
    " UNION ALL SELECT concat_ws(' ', title, purpose, decision_number) FROM inspection_plan"
    " UNION ALL SELECT row_to_json(t)::text FROM inspection_correction t"
    " UNION ALL SELECT value::text FROM jsonb_path_query((SELECT jsonb_agg(value) FROM dated_setting"
    " WHERE key LIKE 'inspection.checklist.%'), '$[*].rows[*].basis') value"
    " UNION ALL SELECT name FROM village UNION ALL SELECT text FROM report_remark"
    " UNION ALL SELECT quote FROM indicator_target"
    # The duties of a plan and the grounds of a decision, as their documents have them.
    " UNION ALL SELECT concat_ws(' ', plan, item, responsible, duty) FROM plan_task"
    " UNION ALL SELECT value::text FROM dated_setting WHERE key = 'routelist.decision_grounds'"
    " UNION ALL SELECT title FROM guidance_document"
    " UNION ALL SELECT decree || ' ' || article FROM violation_kind"
    " UNION ALL SELECT citation FROM legal_term UNION ALL SELECT source FROM calendar_day"
    " UNION ALL SELECT cells::text FROM import_row"
    " UNION ALL SELECT concat_ws(' ', mapping, file_name, table_name, found -> 'tables', found -> 'header')"
    " FROM import_batch"
    " UNION ALL SELECT source FROM dated_setting WHERE source <> ALL (:system)"
)
#: Pages of papers in the form of Decree 30/2020.
AS_WRITTEN = frozenset({"labels.paper", "routelists.agreed_print", "campaigns.version", "campaigns.check"})
#: Words of laws and proper names that are no data: kinds of documents, the language's own name, the province.
KNOWN = frozenset(
    (
        "Tiếng Việt Thanh Hóa Nghị định Luật Quyết Công văn Thông báo Kế hoạch Đ NĐ QĐ UBND Sở Bộ tỉnh"
        # The payee of a fine is written as on the order of payment; an industrial zone in an example.
        " Kho bạc Nhà nước Khu công nghiệp Lễ Môn"
    )
    .casefold()
    .split()
)


def words(page):
    """The Vietnamese words of a page that a reader sees."""
    visible_text = html.unescape(_TAGS.sub(" ", _HIDDEN.sub(" ", page)))
    return {word.casefold() for word in _WORD.findall(visible_text)}


class Passages(HTMLParser):
    """The Vietnamese texts of a page that no element around them says to be Vietnamese."""

    VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"))

    def __init__(self, page):
        super().__init__()
        self.open, self.unmarked = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append((tag, dict(attrs).get("lang")))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        is_read = not any(tag in ("script", "style") for tag, _lang in self.open)
        language = next((lang for _tag, lang in reversed(self.open) if lang), "en")
        if is_read and language != "vi" and is_vietnamese(data):
            self.unmarked.append(data.strip())


@pytest.fixture(scope="module")
def written(database):
    lines = all_rows(database, text(WRITTEN), {"system": [str(stored) for stored in NAMES]}).scalars()
    return KNOWN | {word.casefold() for line in lines if line for word in re.findall(r"\w+", line)}


def rows_of(name, is_whole):
    """The rows of the pages that a reader opens."""
    opened = [row for row in table()[0] if row["method"] == "GET" and row["endpoint"] not in AS_WRITTEN]
    for turn, row in enumerate(opened):
        takers = [name] if is_whole else [each for each in TAKE_TURNS if row[each] == "200"]
        if row[name] == "200" and takers[turn % len(takers)] == name:
            yield row


@pytest.mark.parametrize(
    ("name", "is_whole"), READERS, ids=[*TAKE_TURNS, *(f"{name}-all" for name in (*TAKE_TURNS, "kiemtra1", "quantri"))]
)
def test_a_page_in_english_has_no_vietnamese_but_names_and_what_was_written(
    app, objects, members, written, name, is_whole
):
    member = members[name]
    member.client.set_cookie("language", "en")
    offenders, unmarked = [], []
    for row in rows_of(name, is_whole):
        where = address(app, row["endpoint"], objects[""] | objects[row["object"]] | member.given)
        answer = member.open(where, "GET")
        if answer.mimetype == "text/html":
            unmarked += [(row["endpoint"], where, each[:60]) for each in Passages(answer.text).unmarked[:3]]
            left = sorted(word for word in words(answer.text) - written if not _ARTICLE.fullmatch(word))
            if left:
                visible_text = " ".join(html.unescape(_TAGS.sub(" ", _HIDDEN.sub(" ", answer.text))).split())
                at = visible_text.casefold().find(left[0])
                offenders.append((row["endpoint"], where, " ".join(left[:8]), visible_text[max(at - 40, 0) : at + 40]))
    member.client.set_cookie("language", "vi")
    no_offenders("pages in English are in English", offenders, "translate the text, or show what is stored by `stored`")
    no_offenders('Vietnamese on a page in English stands in `lang="vi"`', unmarked, "mark it (kernel/i18n/passages.py)")
