"""Sample files of other people, and their small replicas of our own, by the pages: each ends as its table says."""

import pytest

from tests.support.import_replicas import REPLICAS
from tests.support.import_samples import SAMPLES
from tests.support.import_ways import assert_ends_as, by_page, structures_in
from tests.support.province import NEEDS_SAMPLES, province, province_url
from tests.support.province import SAMPLES as FOLDER

__all__ = ["province", "province_url"]


def by_pages(samples, few):
    """The first few; the others are a trial, for all go by the console in tests/db/test_imports_samples.py."""
    marks = [() if number < few else pytest.mark.trial for number in range(len(samples))]
    return [pytest.param(each, id=str(each), marks=mark) for each, mark in zip(samples, marks, strict=True)]


@NEEDS_SAMPLES
@pytest.mark.parametrize("sample", by_pages(SAMPLES, 1))
def test_a_sample_ends_by_the_pages_as_the_table_says(province, sample):
    app, database = province
    before = structures_in(database)[sample.kind]
    ending = by_page(app, database, sample, (FOLDER / sample.file).read_bytes())
    assert_ends_as(sample, ending, before, structures_in(database)[sample.kind])


@pytest.mark.parametrize("replica", by_pages(REPLICAS, 2))
def test_a_replica_of_a_sample_ends_by_the_pages_as_it_should(app, database, replica):
    ending = by_page(app, database, replica, replica.content)
    assert_ends_as(replica, ending, 0, structures_in(database)[replica.kind])
