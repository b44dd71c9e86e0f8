"""Every action that is recorded by its name has words for the readers of the change log."""

import re

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.workflow.definition import WORKFLOWS
from registry.workflow.notice_events import OPENED, REMINDER
from tests.arch.sources import files, text_of

RECORDED = re.compile(r"""record\(\s*ctx,\s*"([a-z_]+\.[a-z_]+)""")


def test_every_recorded_action_has_words(loaded_app):
    del loaded_app
    recorded = {name for path in files(".py", under="registry/") for name in RECORDED.findall(text_of(path))}
    assert recorded - set(ACTION_LABELS) == set()
    assert "structure.create" in recorded


def test_every_change_of_a_case_has_words(loaded_app):
    del loaded_app
    touched = re.compile(r'touch\(\s*ctx,\s*[A-Z_]+,\s*\w+,\s*"([a-z_]+)"')
    changes = {name for path in files(".py", under="registry/") for name in touched.findall(text_of(path))}
    recorded = {f"{code}.{name}" for code in WORKFLOWS for name in changes | {OPENED, REMINDER}}
    recorded |= {f"{flow.code}.{move.name}" for flow in WORKFLOWS.values() for move in flow.moves}
    assert "edit" in changes
    assert recorded - set(ACTION_LABELS) == set()
    assert set(WORKFLOWS) - set(OBJECT_LABELS) == set()
