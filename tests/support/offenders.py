"""A rule that holds for many places is one test: it gathers all that break the rule and fails once, readably."""

import functools
import inspect
import traceback

import pytest

#: Lines that a failure prints, and characters of each.
MOST_LINES = 40
MOST_CHARACTERS = 200


def no_offenders(rule, offenders, mend, paste=()):
    """Fail where anything breaks a rule: the rule, each place and how to mend it, in at most `MOST_LINES` lines.

    `offenders`: a text each, which begins with the place (`path:line: what is there`), or tuples of the parts of one.
    `mend`: what to do, in one sentence. `paste`: whole lines to be pasted there, each printed uncut after it.
    """
    lines = [_line(offender) for offender in offenders]
    if not lines:
        return
    shown = lines[: MOST_LINES - 4]
    more = [f"  ... and {len(lines) - len(shown)} more"] if len(lines) > len(shown) else []
    places = [*(f"  {line}" for line in shown), *more]
    message = [f"Rule: {rule}", f"{len(lines)} break it:", *places, f"Mend: {mend}", *paste]
    pytest.fail("\n".join(message), pytrace=False)


def for_each(names, things, *, mend, name=str):
    """Make one test of a check of each thing, as `parametrize` makes many; all things that fail are listed.

    `names` are the check's arguments for a thing, as `parametrize` has them (more than one: a thing is a tuple); its
    other arguments are fixtures, made once for all things, so that no check may leave anything to the next. `name`
    gives the place of a thing. The rule is the test's name.
    """
    wanted = [each.strip() for each in names.split(",")]

    def decorate(check):
        @functools.wraps(check)
        def test(**fixtures):
            offenders = []
            for thing in things:
                values = thing if len(wanted) > 1 else (thing,)
                try:
                    check(**dict(zip(wanted, values, strict=True)), **fixtures)
                except (Exception, pytest.fail.Exception) as error:
                    offenders.append((name(thing), f"line {_line_in(check, error)}", _words(error)))
            rule = check.__name__.removeprefix("test_").replace("_", " ")
            no_offenders(rule, offenders, mend)

        parameters = inspect.signature(check).parameters.values()
        test.__signature__ = inspect.Signature([each for each in parameters if each.name not in wanted])
        del test.__wrapped__
        return test

    return decorate


def _line(offender):
    text = offender if isinstance(offender, str) else ": ".join(map(str, offender))
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 3] + "..."


def _line_in(check, error):
    """The line of the check's own file where an error was raised."""
    steps = traceback.extract_tb(error.__traceback__)
    return next((step.lineno for step in reversed(steps) if step.filename == check.__code__.co_filename), "?")


def _words(error):
    return str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"
