"""The cells of lists: whatever a value holds stays text."""

from types import SimpleNamespace

import pytest
from markupsafe import Markup

from registry.kernel.i18n import _l
from registry.kernel.lists.columns import Column
from registry.kernel.lists.markup import DASH, anchor, check_box, hint, named_links, rows, sub_text

TRICK = "<b onclick=\"x\" class='y'>&"
STAYS = "&lt;b onclick=&#34;x&#34; class=&#39;y&#39;&gt;&amp;"


@pytest.mark.parametrize(
    ("markup", "places"),
    [
        (anchor(TRICK, TRICK), 2),
        (check_box(TRICK, TRICK, TRICK, TRICK), 4),
        (sub_text(TRICK), 1),
        (hint(TRICK), 1),
    ],
)
def test_a_value_stays_text_wherever_a_cell_shows_it(markup, places):
    assert markup.count(STAYS) == places
    assert TRICK not in markup
    assert markup.__html__() == markup


def test_what_a_cell_has_made_already_is_escaped_once():
    assert anchor("/", sub_text(TRICK)).count(STAYS) == 1


@pytest.mark.parametrize("shown", [TRICK, _l(TRICK), Markup("<i>%s</i>") % TRICK])
def test_rows_escape_headings_identifiers_and_values(shown):
    columns = (Column("plain", TRICK, "text"), Column("made", _l(TRICK), show=lambda _ctx, _row: shown))
    markup = rows(None, columns, [SimpleNamespace(id=TRICK, text=TRICK)], lambda row: row.id)
    assert markup.count(f'data-record="{STAYS}"') == 1
    assert markup.count(f'data-label="{STAYS}"') == 2
    assert markup.count(STAYS) == 5
    assert TRICK not in markup


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_value_that_is_not_there_is_a_dash(nothing):
    markup = rows(None, (Column("plain", "Tên", show=lambda _ctx, _row: nothing),), [object()])
    assert markup.count(DASH) == 1
    assert "cell-none" in markup


def test_a_number_of_a_record_is_kept_in_one_line_and_nothing_else():
    columns = (Column("campaign", "Đợt", is_code=True), Column("title", "Nội dung"))
    markup = rows(None, columns, [SimpleNamespace(campaign="DB-2026-000001", title="Báo cáo")])
    assert 'class="c-campaign cell-code cell-fixed">DB-2026-000001<' in markup
    assert markup.count("cell-code") == 1


def test_a_link_without_words_says_what_it_counts_and_others_stay():
    assert named_links(anchor("/", "947"), TRICK) == f'<a href="/">947<span class="visually-hidden"> {STAYS}</span></a>'
    for named in (anchor("/", "THA-CAT-1"), Markup('<a href="/" aria-label="947 poles">947</a>'), "947", 947):
        assert named_links(named, "Số công trình") == named


def test_rows_name_the_links_of_numbers_by_their_column():
    columns = (Column("agreed", "Đã thống nhất", kind=int, show=lambda _ctx, _row: anchor("/", "12")),)
    assert ">12<span class" in rows(None, columns, [SimpleNamespace()])
