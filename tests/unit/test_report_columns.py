"""Columns of the consolidated paper: the longest word of each has room, whatever signs it is made of."""

import pytest

from registry.campaigns.documents import ReportCell, ReportTable

BAR = "█" * 9 + "░" * 3
NAME = "Tỷ lệ hệ thống thông tin dùng chung cấp tỉnh dùng điện toán đám mây"


@pytest.mark.parametrize("name", [NAME, "Số trạm"])
def test_a_bar_has_the_room_of_twice_as_many_letters(name):
    rows = [[ReportCell(name), ReportCell(BAR), ReportCell("427,3%")]]
    table = ReportTable("progress", "", "", ["Chỉ tiêu", "Biểu đồ", "So với mục tiêu"], rows)
    assert sum(table.widths) == 100
    # 1.3 percent of the width is a letter of a table.
    assert table.widths[1] >= 1.3 * 2 * len(BAR)
