"""A file on its way into the registry, by the console command and by the pages with the worker's share."""

import csv
import html
import io
import json
import re
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from registry.accounts.models import UserAccount
from registry.imports.jobs import STORE, run_work
from registry.imports.models import ImportBatch
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.support.live import browser

OWNER = "viettel"


@dataclass(frozen=True)
class Ending:
    """What became of a file: the state of its batch ("" where none is left), counts, reasons, what refused it."""

    state: str = ""
    counts: dict = field(default_factory=dict)
    #: (row, reason) of what stops a row.
    reasons: tuple = ()
    refusal: str = ""

    def rows_with(self, words):
        """How many rows are refused by these words."""
        return len({row for row, reason in self.reasons if words in reason})


def assert_ends_as(sample, ending, before, after):
    """It ended as the table of samples says; `before` and `after` are how many structures there were."""
    assert after - before == sample.taken
    assert [words for words in sample.whole if words not in ending.refusal] == []
    if sample.whole:
        return
    assert ending.refusal == ""
    assert (ending.counts["rows"], ending.counts.get("refused", 0)) == (sample.rows, sample.refused)
    assert {words: ending.rows_with(words) for words in sample.reasons} == dict(sample.reasons)
    assert len({row for row, _reason in ending.reasons}) == sample.refused
    if sample.taken:
        assert (ending.state, ending.counts["applied"]) == ("applied", sample.taken)


def structures_in(database):
    """How many structures there are of each kind."""
    with database.session() as session:
        return Counter(session.scalars(select(Structure.kind)))


# --- console --------------------------------------------------------------------------------------------------------
def by_console(app, sample, path):
    """`flask structures import`."""
    arguments = ["structures", "import", str(path), "--json", "--owner", OWNER, "--kind", sample.kind]
    for name, column in (sample.mapping or {}).items():
        arguments += ["--map", f"{name}={column}"]
    arguments += ["--map-only"] if sample.mapping else []
    arguments += ["--table", sample.table] if sample.table else []
    arguments += ["--outside-area-allowed"] if sample.outside else []
    with tempfile.TemporaryDirectory() as folder:
        problems = Path(folder) / "problems.csv"
        result = app.test_cli_runner().invoke(args=[*arguments, "--problems", str(problems)])
        told = problems.read_text(encoding="utf-8-sig") if problems.exists() else ""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    if not result.stdout.startswith("{"):
        assert result.exit_code == 1
        return Ending(refusal=result.output)
    report = json.loads(result.stdout)
    expected = 3 if sample.refused else 0
    assert result.exit_code == (expected if sample.taken else 1)
    state = "applied" if report["counts"].get("applied") else "checked"
    return Ending(state, report["counts"], _refusals_in(told))


# --- pages ----------------------------------------------------------------------------------------------------------
def by_page(app, database, sample, content):
    """Upload, tables, columns, preview, apply; only an administrator may take places outside the province."""
    person = "quantri" if sample.outside else OWNER
    with database.session() as session:
        owner = organisation_id(session, OWNER)
        user_id = session.scalar(select(UserAccount.id).where(UserAccount.username == person))
    client = browser(app, person)
    address = upload(client, content, sample.file, owner=owner, kind=sample.kind)
    if sample.table:
        choose_table(client, address, sample.table, sample.kind)
    answer = send_columns(client, address, sample.mapping, outside=sample.outside)
    if answer.status_code != 303:
        assert answer.status_code == 422
        return Ending(refusal=html.unescape(answer.text))
    reasons = _reasons(client, address)
    answer = press(client, address, "apply")
    assert answer.status_code == (303 if sample.taken else 409)
    batch_id = int(address.rsplit("/", 1)[1])
    if answer.status_code == 303:
        run_work(database, STORE.of(app), "apply", batch_id, user_id)
    with database.session() as session:
        batch = session.get_one(ImportBatch, batch_id)
        return Ending(batch.state.value, dict(batch.counts), reasons)


def token_in(page):
    """The token of the forms of a page."""
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text).group(1)


def upload(client, content, name, *, owner, kind):
    """Send a file; the address of its page."""
    data = {"csrf_token": token_in(client.get("/imports")), "owner": str(owner), "kind": kind}
    # Encoded here: the client of tests would leave a large body in a file that nobody closes.
    boundary, body = encode_multipart(data | {"file": FileStorage(io.BytesIO(content), name)})
    answer = client.post("/imports", data=body, content_type=f'multipart/form-data; boundary="{boundary}"')
    assert answer.status_code == 303, re.findall(r'href="#\w+">([^<]+)', answer.text)
    return answer.headers["Location"]


def tables_in(page):
    """The tables that the page of a batch asks about, in their order; none where there is only one."""
    labels = re.findall(r'<label[^>]*for="table_\d+"[^>]*>\s*([^<]*?)\s*<', page.text)
    return [html.unescape(label) for label in labels]


def choose_table(client, address, table, kind):
    """Take one table of several."""
    page = client.get(address)
    data = {f"table_{index}": kind if name == table else "" for index, name in enumerate(tables_in(page))}
    assert any(data.values()), tables_in(page)
    data |= {"csrf_token": token_in(page), "version": _version(page)}
    assert client.post(f"{address}/tables", data=data).status_code == 303


def send_columns(client, address, mapping=None, *, outside=False, asked=None, **changes):
    """Confirm the columns as the page suggests them, or these and no others.

    `asked` answers what the page leaves open: `columns` by heading, `system`, and `position`.
    """
    page = client.get(address)
    data = {name: selected for name, (_label, selected) in _lists(page).items()}
    if asked is not None:
        answers = {name: asked.columns.get(label) for name, (label, _selected) in _lists(page).items()}
        data |= {name: field for name, field in answers.items() if field is not None}
        data["system"] = data["system"] or asked.system
        data |= {"position_source": asked.position} if 'name="position_source"' in page.text else {}
    if mapping is not None:
        fields = {column: name for name, column in mapping.items()}
        for name, (label, _chosen) in _lists(page).items():
            if name.startswith("column_"):
                data[name] = fields.pop(label, "")
        assert fields == {}
    data |= {"csrf_token": token_in(page), "version": _version(page)} | ({"outside_area": "y"} if outside else {})
    return client.post(f"{address}/mapping", data=data | changes)


def answer_values(client, address, answers):
    """Answer the page of values where the preview asks: these meanings, by heading and text, else its suggestions."""
    if "chưa nhận diện được" not in client.get(address).text:
        return
    page = client.get(f"{address}/values")
    data = {"csrf_token": token_in(page), "version": _version(page), "accept": "1"}
    for panel in re.split(r'id="column-', page.text)[1:]:
        meanings = answers.get(re.split(r'["-]', panel, maxsplit=1)[0], {})
        for body in re.findall(r"<tr.*?</tr>", panel, re.DOTALL):
            name = re.search(r'name="value_(\d+_\d+)"', body)
            text = html.unescape(re.search(r"“(.*?)”", body, re.DOTALL)[1]) if name else ""
            meant = meanings.get(text)
            if meant == "" and f'name="empty_{name[1]}"' in body:
                data[f"empty_{name[1]}"] = "y"
            elif meant is not None:
                data[f"value_{name[1]}"] = _option(body, meant) or meant or "!empty"
            elif name and (selected := re.search(r'<option[^>]*selected[^>]*value="([^"]*)"', body)):
                data[f"value_{name[1]}"] = html.unescape(selected[1])
    answer = client.post(f"{address}/values", data=data)
    assert answer.status_code == 303, re.findall(r'href="#\w+">([^<]+)', answer.text)


def _option(body, label):
    """Code of a choice by its label."""
    for code, name in re.findall(r'<option[^>]*value="([^"]*)"[^>]*>([^<]*)', body):
        if html.unescape(name).strip().partition(":")[0] == label:
            return html.unescape(code)
    return None


def press(client, address, what):
    """Press a button of the page of a batch."""
    return client.post(f"{address}/{what}", data={"csrf_token": token_in(client.get(address))})


def _version(page):
    return re.search(r'name="version"[^>]*value="(\d+)"', page.text).group(1)


def _lists(page):
    """Name -> (label, chosen value) of the lists of the form of columns."""
    lists = {}
    for name, body in re.findall(r'<select[^>]*name="(column_\d+|system)"[^>]*>(.*?)</select>', page.text, re.DOTALL):
        match = re.search(r'<option[^>]*selected[^>]*value="([^"]*)"', body)
        label = re.search(rf'<label[^>]*for="{name}"[^>]*>\s*([^<]*?)\s*<', page.text)
        lists[name] = (html.unescape(label.group(1)), html.unescape(match.group(1)) if match else "")
    return lists


def _reasons(client, address):
    """Row and reason of everything that is said of a refused row, as the list to take away has them."""
    with client.get(f"{address}/problems.csv") as answer:
        return _refusals_in(answer.data.decode("utf-8-sig"))


def _refusals_in(text):
    """Row and reason of what is said of refused rows in a list of problems."""
    lines = csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text.splitlines()[0] else ",")
    return tuple((int(line["Dòng"]), line["Lý do"]) for line in lines if line["Kết quả"] == "Không nhập")
