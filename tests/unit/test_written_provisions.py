"""Provisions of law in stored sources are shown as papers write them."""

import pytest

from registry.kernel.i18n import written_provisions
from registry.kernel.i18n.former import in_present_words


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("NĐ 174/2026 Đ41.1.e", "NĐ 174/2026 điểm e khoản 1 Điều 41"),
        ("Luật Viễn thông 2023, Đ.65.9", "Luật Viễn thông 2023, khoản 9 Điều 65"),
        ("NĐ 174/2026 Đ43.1-2", "NĐ 174/2026 khoản 1, 2 Điều 43"),
        ("Bắc Ninh, Đ.7 khoản 1-3; chưa", "Bắc Ninh, khoản 1 đến khoản 3 Điều 7; chưa"),
        ("Bắc Ninh, Đ.15 khoản 5; chưa", "Bắc Ninh, khoản 5 Điều 15; chưa"),
        ("Luật Xây dựng 135/2025/QH15 Điều 43 khoản 2, 3", "Luật Xây dựng 135/2025/QH15 khoản 2, 3 Điều 43"),
        ("khoản 3 Điều 4 Quyết định 72/2025/QĐ-UBND", "khoản 3 Điều 4 Quyết định 72/2025/QĐ-UBND"),
        ("Bộ luật Lao động 2019, Đ.112; thông báo", "Bộ luật Lao động 2019, Điều 112; thông báo"),
    ],
)
def test_clauses_stand_before_their_article(stored, written):
    assert written_provisions(stored) == written
    assert written_provisions(written) == written


def test_a_share_is_shown_without_a_space_before_its_sign():
    assert in_present_words("bảng 1: 40 % khi có trên hai cáp") == "bảng 1: 40% khi có trên hai cáp"
