"""SQL reads for imports what the parsers of the forms read, and the rules find nothing that they did not suspect."""

import json
import random
import string
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Integer, Text, case, cast, column, func, literal, null, select, text, values
from sqlalchemy.dialects.postgresql import JSONB

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
from registry.structures.kinds.value_checks import rule_context
from registry.structures.kinds.value_rules import COMMON_RULES
from registry.structures.models import Structure
from tests.support.offenders import no_offenders
from tests.support.rounds import sizes

FEW, MANY = 25, 200
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
    reads_alike(session, *FIELDS[name], examples=FEW)


@pytest.mark.trial
@pytest.mark.parametrize("name", FIELDS)
def test_what_sql_reads_of_many_words_is_what_the_parser_of_the_forms_reads(session, name):
    reads_alike(session, *FIELDS[name], examples=MANY)


def reads_alike(session, field, words, *, examples):
    kept = words.filter(lambda word: ("\x00" not in word and word.isascii()) or _storable(word))

    @settings(deadline=None, max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(st.lists(kept, min_size=1, max_size=50, unique=True))
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
    for (lon, lat), position in zip(
        places, session.execute(query, given_metres | {"pipeline": pipeline_of(zone)}), strict=True
    ):
        assert abs(position[0] - lon) < 1e-8
        assert abs(position[1] - lat) < 1e-8


def test_degrees_of_vn2000_are_shifted_by_sql_as_by_python(session):
    query = text(
        "SELECT ST_X(g), ST_Y(g) FROM ST_InverseTransformPipeline(ST_MakePoint(105.776, 19.807), :pipeline, 4326) g"
    )
    position = session.execute(query, {"pipeline": GEOGRAPHIC_PIPELINE}).one()
    assert tuple(position) == pytest.approx(geographic_to_wgs84(105.776, 19.807), abs=1e-8)


# --- suspects -----------------------------------------------------------------------------------------------------
def _value_of(chance, field):
    """A value of a field by chance, nothing now and then."""
    if chance.random() < 0.4:
        return None
    if field.choices is not None:
        return chance.choice(list(field.choices))
    if field.python_type is bool:
        return chance.random() < 0.5
    if field.python_type is date:
        return date(2015, 1, 1) + timedelta(days=chance.randrange(15 * 366))
    if field.python_type is int:
        return chance.randint(0, 60)
    return Decimal(chance.randint(0, 600)) / 10 if field.python_type is Decimal else chance.choice("ab")


@pytest.mark.parametrize(("seed", "is_whole"), sizes(1, 10))
def test_no_rule_finds_a_problem_in_values_that_it_does_not_suspect(session, seed, is_whole):
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    offenders = []
    for kind in KINDS.values():
        fields = kind.fields()
        context = rule_context(session, kind, date(2026, 6, 1))
        rules = [rule for rule in (*COMMON_RULES, *kind.rules) if hasattr(rule, "suspects")]
        assert len(rules) == len(COMMON_RULES) + len(kind.rules), "each rule says what it suspects"
        rows = [
            {name: _value_of(chance, field) for name, field in fields.items()}
            for _n in range(2_000 if is_whole else 300)
        ]
        broken = 0
        for row, asked in zip(rows, _suspected(session, fields, rules, context, rows), strict=True):
            known_values = {name: value for name, value in row.items() if value is not None}
            for rule, suspected in zip(rules, asked, strict=True):
                problems = rule(known_values, context)
                broken += bool(problems)
                blocks = any(problem.blocks for problem in problems)
                if (problems and not suspected) or (blocks and not rule.blocks):
                    offenders.append((kind.code, rule.check.__name__, known_values))
        assert broken > len(rows), "values that break no rule prove nothing"
    no_offenders(
        "a rule finds what it suspects, and blocks where it says so", offenders, "widen `suspects`, or set `blocks`"
    )


def _suspected(session, fields, rules, context, rows):
    """Of each row, which rules suspect it."""
    columns = [column(name, type_of(field)) for name, field in fields.items()]
    given_rows = json.dumps([{"number": number} | row for number, row in enumerate(rows)], default=str)
    listed = (
        func.jsonb_to_recordset(cast(literal(given_rows, Text), JSONB))
        .table_valued(column("number", Integer), *columns)
        .render_derived(name="listed", with_types=True)
    )
    known_columns = _Columns({name: listed.c[name] for name in fields})
    flags = [func.coalesce(rule.suspects(known_columns, context), False) for rule in rules]
    return session.execute(select(*flags).order_by(listed.c.number)).all()


class _Columns(dict):
    def __missing__(self, name):
        return cast(null(), type_of(fields_of(Structure).get(name, Field(name, "", python_type=Decimal))))
