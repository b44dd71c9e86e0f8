"""Every day that a form asks for declares its sensible span; the rule stands in registry/kernel/days.py."""

import ast
from datetime import date

from registry.kernel import days
from tests.arch.sources import files, nodes, short
from tests.support.offenders import no_offenders


def is_day(call):
    """Whether a call declares the field of a day."""
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if name == "DayField":
        return True
    return name == "Field" and any(
        keyword.arg == "python_type" and getattr(keyword.value, "id", "") == "date" for keyword in call.keywords
    )


def day_columns(path_and_node):
    """The `col(...)` of a mapped column of days, or None."""
    node = path_and_node[1]
    call = node.value
    if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "col"):
        return None
    return call if "Mapped[date" in ast.unparse(node.annotation) and "datetime" not in ast.unparse(node) else None


def test_every_day_that_a_form_asks_for_declares_its_span():
    paths = files(".py", under="registry/")
    calls = [(path, call) for path, call in nodes(ast.Call, paths) if is_day(call)]
    columns = [(path, call) for path, node in nodes(ast.AnnAssign, paths) if (call := day_columns((path, node)))]
    assert len(calls) > 40
    assert len(columns) > 10
    offenders = [
        (f"{short(path)}:{call.lineno}", ast.unparse(call)[:80])
        for path, call in (*calls, *columns)
        if not any(keyword.arg == "span" for keyword in call.keywords) and "kernel/" not in short(path)
    ]
    helpers = {"registry/workflow/definition.py"}
    no_offenders(
        "a day that a form asks for has a span",
        [offender for offender in offenders if offender[0].split(":")[0] not in helpers],
        "add span=DaySpan(back=..., ahead=...), from registry.kernel.days",
    )


def test_a_span_that_has_a_name_is_used_by_its_name():
    named = {value: name for name, value in vars(days).items() if isinstance(value, days.DaySpan)}
    written = []
    for path, call in nodes(ast.Call, files(".py", under="registry/")):
        if getattr(call.func, "id", "") == "DaySpan" and short(path) != "registry/kernel/days.py":
            bounds = eval(ast.unparse(call), {"DaySpan": days.DaySpan, "date": date, "FIRST_DAY": None})  # noqa: S307
            if bounds in named:
                written.append((f"{short(path)}:{call.lineno}", f"{ast.unparse(call)}, named {named[bounds]}"))
    no_offenders("the bounds of days have one reason each", written, "import the name from registry.kernel.days")
