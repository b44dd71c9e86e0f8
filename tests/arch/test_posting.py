"""Forms are submitted, refused and answered in one way: registry/kernel/forms."""

import ast
import re

from tests.arch.sources import files, lines_with, nodes, short
from tests.support.offenders import no_offenders

PYTHON = files(".py", under="registry/")
ANSWERS = "registry/kernel/forms/answers.py"
#: HTTP modules: routes, their forms, and the filters of addresses.
HTTP = tuple(
    path
    for path in PYTHON
    if re.search(r"(pages|page|forms|api|lookup|mapping_form)\.py$|/pages/|/filtering/|/kernel/lists/", short(path))
)
#: They answer errors of all routes, or of a route without a form.
STATUSES = ("registry/kernel/", "registry/authz/")


def test_no_page_catches_a_conflict_itself():
    no_offenders(
        "`submit` turns a conflict into errors of the form",
        [
            f"{short(path)}:{node.lineno}"
            for path, node in nodes(ast.ExceptHandler, HTTP)
            if node.type is not None
            and re.search(r"\b(Conflict|MoveRefused|IntegrityError)\b", ast.unparse(node.type))
            and not short(path).startswith("registry/kernel/")
        ],
        "call submit(ctx, form, call, current=record), and answer None with `page, form.refusal_status`",
    )


def test_no_page_writes_the_status_of_a_refusal():
    no_offenders(
        "the status of a refused form is `form.refusal_status`, that of an error its class's",
        [
            f"{short(path)}:{node.lineno}"
            for path, node in nodes(ast.Constant, HTTP)
            if node.value in (409, 422) and not isinstance(node.value, str) and not short(path).startswith(STATUSES)
        ],
        "return page, form.refusal_status",
    )


def test_success_is_reported_by_one_function():
    success = re.compile(r"""flash\(.*["']success["']|^\s*["']success["'],?\s*$""")
    no_offenders(
        "a post that wrote nothing must not report success: `flash_done` knows whether it did",
        [line for line in lines_with(success, PYTHON) if not line.startswith(ANSWERS)],
        "call flash_done(ctx, sentence) of registry.kernel.forms.answers",
    )


def test_the_answer_of_a_route_has_one_name():
    alias = re.compile(r"^\w*Page\w* = str\b")
    no_offenders(
        "`Page` is declared in registry/kernel/forms/answers.py",
        [line for line in lines_with(alias, PYTHON) if not line.startswith(ANSWERS)],
        "import Page from registry.kernel.forms.answers",
    )


def test_ids_and_versions_are_parsed_by_one_function():
    parsed = re.compile(r"\.isdecimal\(|\.isdigit\(|\.isnumeric\(")
    no_offenders(
        "ids, versions and counts of a page go through parse_id",
        lines_with(parsed, HTTP),
        "call parse_id or parse_ids of registry.kernel.numbers",
    )


def test_a_version_is_a_field_of_one_form():
    version = re.compile(r"^\s+version\b.* = HiddenField\(")
    no_offenders(
        "a form that changes a record is a VersionedForm",
        [line for line in lines_with(version, PYTHON) if not line.startswith("registry/kernel/forms/base.py")],
        "inherit from registry.kernel.forms.base.VersionedForm and read form.read_version",
    )
