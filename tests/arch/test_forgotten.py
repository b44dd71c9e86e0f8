"""What is declared in one file and needed in another is missed at once, with the line to paste."""

import importlib
import pkgutil
import re
import sys
from collections import Counter

import pytest

import registry
from registry.audit.subjects import TRACKED
from registry.authz.blueprint import ROUTES
from registry.kernel.db.base import Choice
from registry.kernel.exports.lists import EXPORT_LISTS
from registry.kernel.fields import fields_of
from registry.kernel.lists.filters import Filter
from registry.routelists import map as street_map
from registry.structures.forms import GROUPS
from registry.structures.kinds import KINDS
from registry.violations import map as violation_map
from registry.workflow.definition import WORKFLOWS
from tests.arch.sources import CHECKOUT
from tests.permissions.exports import LISTS
from tests.support.hidden_answers import ASKED, POSTED, free
from tests.support.offenders import no_offenders
from tests.support.reviewed_rows import declared_at, line_of, reviewed_rows, row_to_paste
from tests.support.unshown_columns import TECHNICAL, UNSHOWN

BADGES = (CHECKOUT / "templates" / "macros" / "badge.html").read_text(encoding="utf-8")
WIDGETS = CHECKOUT / "templates" / "macros" / "filters.html"


@pytest.fixture(autouse=True)
def program(loaded_app):
    """All features are mounted."""
    return loaded_app


def modules():
    """Every module of the program that is loaded by its features."""
    for info in pkgutil.walk_packages(registry.__path__, "registry."):
        if info.name in sys.modules:
            yield importlib.import_module(info.name)


def mappings_of_tones():
    """(Module, name, mapping) of each mapping of a closed list to tones, besides those of workflows."""
    for module in modules():
        for name, value in vars(module).items():
            if name.endswith("TONES") and isinstance(value, dict) and all(isinstance(key, Choice) for key in value):
                yield module, name, value


def test_every_state_of_a_case_has_the_tone_of_its_badge():
    missing = [
        (flow, state) for flow in WORKFLOWS.values() for state in flow.states if flow.tones.get(state) not in tones()
    ]
    no_offenders(
        "a state of a case has a tone that badges know",
        [f"{declared_at(flow.states)}: {flow.code}: {flow.states.__name__}.{state.name}" for flow, state in missing],
        "paste into `tones=` of the workflow with one of good, info, warn, bad, neutral, dark",
        [f'        S.{state.name}: "neutral",' for _flow, state in missing],
    )


def tones():
    """The tones that badges have an icon for."""
    return set(re.findall(r'"(\w+)": "', BADGES.split("tone_icons = {")[1].split("}")[0]))


def test_every_value_of_a_closed_list_has_its_tone_where_others_have():
    missing = [
        (module, name, member)
        for module, name, mapping in mappings_of_tones()
        for member in type(next(iter(mapping)))
        if mapping.get(member) not in tones()
    ]
    no_offenders(
        "a mapping of a closed list to tones speaks of each value",
        [f"{line_of(module, name)}: {name}: {member!r}" for module, name, member in missing],
        "paste into the mapping with one of good, info, warn, bad, neutral, dark",
        [f'    {type(member).__name__}.{member.name}: "neutral",' for _module, _name, member in missing],
    )


@pytest.mark.parametrize("module", [street_map, violation_map], ids=lambda module: module.CODE)
def test_every_state_has_its_style_on_the_map_or_is_left_out_of_it(module):
    states = type(next(iter(module._STYLES)))
    missing = [state for state in states if (state in module._STYLES) == (state in module._NOT_DRAWN)]
    no_offenders(
        "a state is drawn in a style of its layer, or left out of the map",
        [f"{line_of(module, '_STYLES')}: {state!r}" for state in missing],
        f"paste into _STYLES with one of {set(module._STYLES.values())}, or the state alone into _NOT_DRAWN",
        [f'    {states.__name__}.{state.name}: "...",' for state in missing],
    )


def test_every_list_with_files_has_reviewed_rows():
    reviewed, named = reviewed_rows(), {code: name for name, code in LISTS.items()}
    missing, rows = [], []
    for code, export_list in sorted(EXPORT_LISTS.items()):
        name = named.get(code, f"list of {code.replace('-', ' ')}")
        if code not in named:
            missing.append(f"tests/permissions/exports.py: LISTS: {code}")
            rows.append(f'    "{name}": "{code}",')
        for endpoint, method in (("exports.make", "GET"), ("exports.request_file", "POST")):
            if (endpoint, method, name) not in reviewed:
                missing.append(f"tests/permissions/expected.csv: {endpoint}: {name}")
                rows.append(row_to_paste(endpoint, method, name, also=(export_list.permission,)))
    no_offenders("files of a list are tried by the whole cast", missing, "paste the rows and review each cell", rows)


def test_every_route_has_a_reviewed_row(program):
    tried = {key[:2] for key in reviewed_rows()}
    missing = [
        (endpoint, method)
        for endpoint, methods in sorted(ROUTES.items())
        for method in methods
        if endpoint in program.view_functions and (endpoint, method) not in tried
    ]
    no_offenders(
        "a route is tried by the whole cast",
        [f"{declared_at(program.view_functions[endpoint])}: {endpoint} {method}" for endpoint, method in missing],
        "paste the rows into tests/permissions/expected.csv and review each cell",
        [row_to_paste(endpoint, method) for endpoint, method in missing],
    )


def test_every_route_says_whether_it_could_give_away_what_is_hidden(program):
    reviewed = Counter([*ASKED, *POSTED, *free()])
    assert [endpoint for endpoint, count in reviewed.items() if count > 1] == []
    assert set(reviewed) - set(program.view_functions) == set()
    missing = [
        endpoint for endpoint in sorted(ROUTES) if endpoint in program.view_functions and endpoint not in reviewed
    ]
    no_offenders(
        "a route is asked in two worlds, or is free with a reason",
        [f"{declared_at(program.view_functions[endpoint])}: {endpoint}" for endpoint in missing],
        "paste into ASKED or POSTED of tests/support/hidden_answers.py, or the name alone into a reason of FREE",
        [f'    "{endpoint}": ("",),' if "GET" in ROUTES[endpoint] else f'    "{endpoint}",' for endpoint in missing],
    )


def test_every_filter_has_the_input_of_its_widget():
    macro = WIDGETS.read_text(encoding="utf-8").split("{%- endmacro %}")[0]
    handled = {*re.findall(r'field\.widget == "(\w+)"', macro), "search"}
    no_offenders(
        "the widget of a filter is one that templates/macros/filters.html draws",
        [
            f"{declared_at(each)}: {each.__name__}: widget {each.widget!r}"
            for each in _filters()
            if each.widget not in handled
        ],
        f'choose one of {", ".join(sorted(handled))}, or add `{{%- elif field.widget == "..." %}}` to filter_fields',
    )


def _filters(base=Filter):
    for each in base.__subclasses__():
        yield each
        yield from _filters(each)


def test_every_field_of_a_kind_stands_in_a_group_of_form_and_page():
    groups = {code for code, _label in GROUPS}
    no_offenders(
        "a field of a kind stands in a group that form, page and conflict notice go through",
        [
            f"{declared_at(kind.model)}: {code}.{field.name}: group {field.group!r}"
            for code, kind in KINDS.items()
            for field in fields_of(kind.model).values()
            if field.group not in groups
        ],
        f"group= one of {', '.join(sorted(groups))}",
    )


def test_every_column_of_a_tracked_table_is_shown_in_the_audit_log_or_reviewed():
    missing = [
        (tracked, column.name)
        for tracked in TRACKED.values()
        for column in tracked.model.__table__.columns
        if column.name not in {*tracked.fields(), *UNSHOWN.get(column.table.name, "").split()}
        and not TECHNICAL.fullmatch(column.name)
    ]
    no_offenders(
        "a change of a column is seen in the audit log",
        [
            f"{line_of(sys.modules[tracked.model.__module__], f'{name}: Mapped')}: {tracked.model.__name__}.{name}"
            for tracked, name in missing
        ],
        "paste into the fields of its Tracked (audit_subjects.py), or name it in tests/support/unshown_columns.py",
        [f'    "{name}": _l("..."),' for _tracked, name in missing],
    )


def test_nothing_is_reviewed_that_is_gone():
    tables = {tracked.model.__table__.name: tracked for tracked in TRACKED.values()}
    gone = [
        f"{name}: {column}"
        for name, columns in UNSHOWN.items()
        for column in columns.split()
        if name not in tables or column not in tables[name].model.__table__.columns or column in tables[name].fields()
    ]
    no_offenders("a column that is not shown is one of its table", gone, "take it out of unshown_columns.py")
