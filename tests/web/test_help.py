"""Help: a page for each role with the tasks of its rights, and terms that are explained where they stand."""

import re
from pathlib import Path

import pytest

from config.settings import CHECKOUT
from registry.authz.actors import Role
from registry.authz.matrix import GRANTS
from registry.help.tasks import TASKS, tasks_of
from registry.help.terms import TERMS
from tests.support import shared
from tests.support.offenders import no_offenders

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
PICTURES = CHECKOUT / "registry" / "static" / "help"
#: Bytes of all pictures together.
MOST_BYTES = 400_000


def test_every_role_has_a_page_with_its_own_tasks_alone(app):
    client = app.test_client()
    offenders = []
    for role in Role:
        page = client.get(f"/help/{role.value}")
        titles = [task.title for task in tasks_of(role)]
        offenders += [f"{role}: {title}" for title in titles if str(title) not in page.text]
        offenders += [f"{role}: no task"] * (not titles)
        offenders += [
            f"{role}: {task.code} is not among its rights"
            for task in tasks_of(role)
            if task.permission in GRANTS and role not in GRANTS[task.permission]
        ]
    no_offenders("the page of a role has the tasks of its rights", offenders, "mend `tasks_of` or its template")


def test_a_task_begins_on_a_page_without_arguments(app):
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    no_offenders(
        "a task begins on a page",
        [task.code for task in TASKS if task.endpoint not in rules or rules[task.endpoint].arguments],
        "name the endpoint of a page that takes no arguments",
    )


def test_a_reader_is_led_only_to_pages_that_open(client_of):
    page = client_of("viettel").get("/help/lead_department").text.split("<main", 1)[1]
    page = page.split("</main>", 1)[0]
    assert 'href="/audit"' not in page
    assert 'href="/dashboard"' in page


def test_an_unknown_role_is_refused_by_its_name(app):
    answer = app.test_client().get("/help/nguoi-la")
    assert answer.status_code == 404
    assert "nguoi-la" in answer.text


def test_every_picture_belongs_to_a_task_and_all_are_small():
    shipped = {path.stem: path.stat().st_size for path in PICTURES.glob("*.webp")}
    assert shipped.keys() == {task.code for task in TASKS if task.picture}
    assert sum(shipped.values()) < MOST_BYTES


def test_every_term_of_a_template_is_in_the_glossary_and_has_an_id_of_its_own(app):
    used = {}
    for path in (CHECKOUT / "templates").rglob("*.html"):
        for code in re.findall(r"\bterm\(\"(\w+)\"", path.read_text(encoding="utf-8")):
            used.setdefault(code, Path(path).name)
    assert used.keys() <= TERMS.keys()
    assert len(used) >= 7
    with app.test_request_context():
        template = app.jinja_env.from_string(
            '{% from "macros/term.html" import term %}{{ term("cell") }}{{ term("cell", "ô") }}'
        )
        text = template.render()
    ids = re.findall(r' id="([^"]+)" popover', text)
    assert len(set(ids)) == 2
    assert re.findall(r'popovertarget="([^"]+)"', text) == ids == re.findall(r'aria-describedby="([^"]+)"', text)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_glossary_says_each_term_in_the_language_of_the_reader(app, language):
    client = app.test_client()
    client.get(f"/language/{language}")
    page = client.get("/help/terms")
    assert page.text.split("</main>", 1)[0].count("<dt>") == len(TERMS)
    assert ("Public cell" in page.text) == (language == "en")


def test_the_style_guide_shows_each_component_in_its_states_and_is_no_route(app, tmp_path):
    file = tmp_path / "guide" / "styleguide.html"
    outcome = app.test_cli_runner().invoke(args=["styleguide", str(file)])
    assert outcome.exit_code == 0, outcome.output
    text = file.read_text(encoding="utf-8")
    body = text.split("<body>", 1)[1]
    for scheme in ("light", "dark"):
        part = body.split(f'class="scheme-{scheme} stack"', 1)[1].split('class="scheme-', 1)[0]
        for mark in ("is-hover", "is-focus", " disabled", 'aria-invalid="true"', 'aria-selected="true"'):
            assert mark in part, (scheme, mark)
    assert not re.search(r'(?:src|href)="(?!#)', text)
    assert not [rule for rule in app.url_map.iter_rules() if "styleguide" in rule.rule]
