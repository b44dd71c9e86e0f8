"""A declared figure has one statement: what computes it is imported by its declarations, and by what is named here."""

import ast
import re

from tests.arch.sources import files, nodes, short
from tests.support.offenders import no_offenders

#: Function that computes a declared figure -> who imports it, with the reason.
COMPUTING = {
    "sharing_ratio": {
        "registry/dashboard/indicators.py": "declares the ratios",
        "registry/campaigns/measures.py": "declares the counts of towers",
        "registry/dashboard/overview.py": "the counts behind the ratio, next to it",
    },
    "sums_of": {
        "registry/dashboard/indicators.py": "declares the share underground",
        "registry/dashboard/cables.py": "the lengths behind the share, next to it",
        "registry/cables/pages.py": "the lengths of the list that the figure opens",
    },
    "read_measures": {"registry/campaigns/submission.py": "all measures of one owner, in one read"},
    "count_mobile": {"registry/villages/feature.py": "declares it"},
    "count_ftth": {"registry/villages/feature.py": "declares it"},
}

_ROUNDED = re.compile(r"(position|station|underground|reporting|on_time)_pct\s*\|\s*round")


def test_what_computes_a_declared_figure_is_imported_where_it_is_declared():
    offenders = [
        (f"{short(path)}:{node.lineno}", alias.name)
        for path, node in nodes(ast.ImportFrom, files(".py", under="registry/"))
        for alias in node.names
        if alias.name in COMPUTING and short(path) not in COMPUTING[alias.name]
    ]
    no_offenders(
        "a declared figure is read by read_figure or reader_value",
        offenders,
        "read the figure, or name the reason here",
    )


def test_no_template_rounds_a_ratio_again():
    offenders = [
        (f"{short(path)}:{number}", line.strip()[:80])
        for path in files(".html", under="templates/")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _ROUNDED.search(line)
    ]
    no_offenders("a ratio is shown with the digits that percent_of gave it", offenders, "write _pct|number")
