"""Ten thousand filings end as the oracle says, on servers of both zones (PROMISES P14)."""

import pytest

from tests.oracle.filings import SERVER_ZONES, compare

CASES = 10_000


@pytest.mark.trial
@pytest.mark.parametrize("zone", SERVER_ZONES)
def test_ten_thousand_filings_end_as_the_oracle_says(zone):
    assert compare(CASES, zone) >= CASES
