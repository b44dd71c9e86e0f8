"""What the lists of cases read."""

from registry.colocation.list_view import AGREEMENTS, REQUESTS
from registry.occupations.list_view import OCCUPATIONS
from registry.violations.list_view import SANCTIONS, VIOLATIONS
from tests.support.offenders import no_offenders


def test_a_page_joins_nothing_that_only_its_files_show(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        wrong = []
        for view in (VIOLATIONS, SANCTIONS, OCCUPATIONS, REQUESTS, AGREEMENTS):
            page = view.query(ctx, {})
            if len(page.get_final_froms()) != 1 or "JOIN" in str(page.get_final_froms()[0]):
                wrong.append(view.code)
    no_offenders(
        "pages of cases read their cases alone",
        wrong,
        "add what files show in `for_files` of the list, and names as subqueries of the rows",
    )
