"""Stored Vietnamese texts in English: first rows of the catalogue, names of days, titles of cases."""

import re

import pytest

from config.settings import CHECKOUT
from registry.kernel.i18n import force_locale
from registry.kernel.i18n.stored import NAMES, stored_text
from registry.violations.act_texts import ACTS
from tests.support.offenders import no_offenders

LAW = ("migrations/sql/baseline/seed_violations.sql", "migrations/sql/r0002/law.sql")
GROUPS = "cables|building|damage|sharing|data"


def test_every_act_of_the_first_rows_has_an_english_name(loaded_app):
    stored = set()
    for name in LAW:
        sql = (CHECKOUT / name).read_text(encoding="utf-8")
        stored |= set(re.findall(rf"\('[a-z_]+',\s*'(?:{GROUPS})',\s*'([^']+)'", sql))
    assert len(stored) > len(LAW)
    with loaded_app.test_request_context(), force_locale("vi"):
        acts, names = {str(act) for act in ACTS}, [str(name) for name in NAMES]
        assert [stored_text(name) for name in names] == names
    with loaded_app.test_request_context(), force_locale("en"):
        same = [text for text in (*stored, *acts, *names) if stored_text(text) == text]
    no_offenders("every act is in act_texts.py", sorted(stored - acts), "add it there, and its English name")
    assert same == []


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("2 công trình của Viettel Thanh Hóa", "2 structures of Viettel Thanh Hóa"),
        ("Quốc khánh (nghỉ bù)", "National Day (day off in lieu)"),
        (
            "Treo cáp trái phép trên cột – Phường Hàm Rồng",
            "Hanging cables on poles without permission – Phường Hàm Rồng",
        ),
        ("Trạm Hàm Rồng 1 (THA-CAT-000052)", "Trạm Hàm Rồng 1 (THA-CAT-000052)"),
        ("Đường Lê Lợi (Ngã tư Bưu điện – Cầu Cốc)", "Đường Lê Lợi (Ngã tư Bưu điện – Cầu Cốc)"),
        ("100% %(x)s công trình của", "100% %(x)s công trình của"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_stored_title_is_shown_in_english_but_for_its_names(loaded_app, stored, shown):
    with loaded_app.test_request_context(), force_locale("en"):
        assert stored_text(stored) == shown
    with loaded_app.test_request_context(), force_locale("vi"):
        assert stored_text(stored) == (stored or "")
