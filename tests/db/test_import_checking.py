"""SQL reads for imports what the parsers of the forms read, and the rules find nothing that they did not suspect."""

import string
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Text, case, cast, column, func, literal, null, select, text, values

from registry.imports.checking.parse import is_plain, plain_value, type_of
from registry.kernel.fields import Field, fields_of, parse_value
from registry.kernel.geo.vn2000 import (
    GEOGRAPHIC_PIPELINE,
    UTM_48N_VN2000,
    UTM_48N_WGS84,
    ZONES,
    geographic_to_wgs84,
    pipeline_of,
    to_plane,
)
from registry.structures.kinds import KINDS
from registry.structures.kinds.value_rules import COMMON_RULES, rule_context
from registry.structures.models import Structure

SLOW = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
#: Spellings that people mix: plain ones, and everything that is nearly plain.
NUMBERS = st.one_of(
    st.decimals(-10, 10**7, places=3).map(str),
    st.decimals(0, 10**7, places=2).map(lambda number: str(number).replace(".", ",")),
    st.text(alphabet="0123456789.,- +eE m", max_size=12),
    st.sampled_from(["1.234", "0.125", "1,234", "1.234,5", "007", "0", "00", "1.", ".5", "12,", "9" * 25, "NaN", "½"]),
)
DAYS = st.one_of(
    st.dates(date(1899, 1, 1), date(2201, 1, 1)).map(lambda day: f"{day.day}/{day.month}/{day.year}"),
    st.dates(date(1950, 1, 1), date(2050, 1, 1)).map(lambda day: day.strftime("%d/%m/%Y")),
    st.text(alphabet="0123456789/-. ", max_size=12),
)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="Cột đèn  ăâêôơư\u0301\u0323\u00ad\u200b\t\n" + string.ascii_letters, max_size=20),
    st.sampled_from(["  a", "a ", "a  b", "\ufffd", "Ｃột", "ệ", "ệ", "a\u00a0b", ""]),
)
FIELDS = {
    "number": (Field("f", "", minimum=Decimal(0), maximum=Decimal(10000), python_type=Decimal), NUMBERS),
    "whole": (Field("f", "", minimum=Decimal(1), maximum=Decimal(100), python_type=int), NUMBERS),
    "day": (Field("f", "", python_type=date), DAYS),
    "text": (Field("f", "", max_length=12), TEXTS),
    "needed text": (Field("f", "", max_length=12, required=True), TEXTS),
    "needed number": (
        Field("f", "", minimum=Decimal(1), maximum=Decimal(300), required=True, python_type=Decimal),
        NUMBERS,
    ),
}


@pytest.fixture
def session(ctx_of):
    with ctx_of() as ctx:
        yield ctx.session


def by_sql(session, field, words):
    """What SQL reads: word -> (whether it is plain, its value)."""
    listed = values(column("given", Text), name="listed").data([(literal(word, Text),) for word in words])
    plain = is_plain(field, listed.c.given)
    value = case((plain, plain_value(field, listed.c.given)), else_=cast(null(), type_of(field)))
    return {
        row.given: (row.plain, row.value)
        for row in session.execute(select(listed.c.given, plain.label("plain"), value.label("value")))
    }


@pytest.mark.parametrize("name", FIELDS)
def test_what_sql_reads_is_what_the_parser_of_the_forms_reads(session, name):
    field, words = FIELDS[name]

    @SLOW
    @given(
        st.lists(
            words.filter(lambda word: ("\x00" not in word and word.isascii()) or _storable(word)),
            min_size=1,
            max_size=50,
            unique=True,
        )
    )
    def check(given_words):
        for word, (plain, value) in by_sql(session, field, given_words).items():
            if plain:
                assert parse_value(field, word) == value, word

    check()


def _storable(word):
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in word


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("number", "12.5"),
        ("number", "12,5"),
        ("number", "900"),
        ("whole", "7"),
        ("day", "5/12/2020"),
        ("text", "Cột điện"),
        ("text", ""),
    ],
)
def test_usual_spellings_need_no_python(session, name, word):
    assert by_sql(session, FIELDS[name][0], [word])[word][0]


def test_every_letter_that_sql_takes_stays_as_it_is(session):
    field = Field("f", "", max_length=10)
    letters = [chr(code) for code in range(0x21, 0x2030) if _storable(chr(code))]
    for letter, (plain, value) in by_sql(session, field, letters).items():
        if plain:
            assert parse_value(field, letter) == value == letter, hex(ord(letter))


# --- the conversion -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("zone", [*ZONES.values(), UTM_48N_VN2000, UTM_48N_WGS84], ids=lambda zone: str(zone.srid))
def test_sql_converts_as_python_does_to_a_millimetre(session, zone):
    query = text(
        "SELECT ST_X(p.geom), ST_Y(p.geom) FROM ST_Dump(ST_InverseTransformPipeline("
        "ST_Collect(ARRAY(SELECT ST_MakePoint(e, n)"
        " FROM unnest(CAST(:e AS float8[]), CAST(:n AS float8[])) AS t(e, n))), :pipeline, 4326)) p"
    )
    places = [(104.4 + step * 0.17, 19.3 + step * 0.13) for step in range(10)]
    metres = [to_plane(lon, lat, zone) for lon, lat in places]
    given_metres = {"e": [point.y_easting for point in metres], "n": [point.x_northing for point in metres]}
    for (lon, lat), found in zip(
        places, session.execute(query, given_metres | {"pipeline": pipeline_of(zone)}), strict=True
    ):
        assert abs(found[0] - lon) < 1e-8
        assert abs(found[1] - lat) < 1e-8


def test_degrees_of_vn2000_are_shifted_by_sql_as_by_python(session):
    query = text(
        "SELECT ST_X(g), ST_Y(g) FROM ST_InverseTransformPipeline(ST_MakePoint(105.776, 19.807), :pipeline, 4326) g"
    )
    found = session.execute(query, {"pipeline": GEOGRAPHIC_PIPELINE}).one()
    assert tuple(found) == pytest.approx(geographic_to_wgs84(105.776, 19.807), abs=1e-8)


# --- suspects -----------------------------------------------------------------------------------------------------
def _values_of(field):
    """Values of a field, nothing now and then."""
    if field.choices is not None:
        some = st.sampled_from(list(field.choices))
    elif field.python_type is bool:
        some = st.booleans()
    elif field.python_type is date:
        some = st.dates(date(2015, 1, 1), date(2030, 1, 1))
    elif field.python_type in (int, Decimal):
        some = st.integers(0, 60) if field.python_type is int else st.decimals(0, 60, places=1)
    else:
        some = st.sampled_from(["a", "b"])
    return st.one_of(st.none(), some)


@pytest.mark.parametrize("code", KINDS)
def test_no_rule_finds_a_problem_in_values_that_it_does_not_suspect(session, code):
    kind = KINDS[code]
    fields = kind.fields()
    context = rule_context(session, kind, date(2026, 6, 1))
    rules = [rule for rule in (*COMMON_RULES, *kind.rules) if hasattr(rule, "suspects")]
    assert len(rules) == len(COMMON_RULES) + len(kind.rules), "each rule says what it suspects"

    @SLOW
    @given(
        st.lists(
            st.fixed_dictionaries({name: _values_of(field) for name, field in fields.items()}), min_size=1, max_size=8
        )
    )
    def check(rows):
        for row in rows:
            columns = _Columns(
                {
                    name: cast(literal(value, type_of(fields[name])), type_of(fields[name]))
                    for name, value in row.items()
                }
            )
            asked = session.execute(
                select(*(func.coalesce(rule.suspects(columns, context), False) for rule in rules))
            ).one()
            known = {name: value for name, value in row.items() if value is not None}
            for rule, suspected in zip(rules, asked, strict=True):
                assert suspected or not rule(known, context), rule.check.__name__

    check()


class _Columns(dict):
    def __missing__(self, name):
        return cast(null(), type_of(fields_of(Structure).get(name, Field(name, "", python_type=Decimal))))
