"""Registers of former releases, made by their own programs with sample and cases, brought to the present schema.

Needs the history of the repository, and that a former program still runs with the present libraries.
"""

import json
import re
import subprocess
import urllib.request
from collections import deque
from html import unescape
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from registry.kernel.installation import CHECKOUT
from tests.support.ports import free_port
from tests.support.processes import wait_for, wait_for_end
from tests.support.served import FLASK, environment, folder, log_of, run, served, serves

__all__ = ["folder"]
pytestmark = pytest.mark.trial

#: Commit -> its schema.
RELEASES = {
    "4869542a": "r0018",
    "b7cf3a4b": "r0030",
    "a1c20851": "r0050",
    "99052cad": "r0066",
    "b728d827": "r0086",
    "ca0635ae": "r0108",
}
START_S = 240
ACCOUNTS = ("so.khcn", "viettel", "kiemtra1")
#: They end the session, or answer with whole tables.
LEFT_OUT = re.compile(r"/(logout|static|metrics)\b|[?&]format=")
_LINK = re.compile(r'href="(/[^"#]*)"')
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@pytest.fixture(params=RELEASES)
def register(request, folder):
    """The environment of a register that the program of a former release filled with its sample and cases."""
    archive = subprocess.run(["git", "archive", request.param], cwd=CHECKOUT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"no commit {request.param}: the repository was cloned without its history")
    program = folder / "program"
    program.mkdir()
    subprocess.run(["tar", "-x", "-C", str(program)], input=archive.stdout, check=True)
    assert (program / "migrations" / "CURRENT_HEAD").read_text().strip() == RELEASES[request.param]
    env = environment(folder, PORT=str(free_port()), DEMO="1")
    with (
        log_of(env).open("wb") as output,
        subprocess.Popen([*FLASK, "serve"], env=env, cwd=program, stdout=output, stderr=output) as process,
    ):
        wait_for(lambda: serves(env), process, log_of(env), START_S)
        process.terminate()
        wait_for_end(process, log_of(env))
    return env


def test_a_former_register_is_intact_and_shown(register, folder, application):
    """Proof, health, drill and pages after the upgrade that `serve` makes."""
    backups = folder / "backups"
    backups.mkdir(mode=0o777)
    backups.chmod(0o777)  # the database server's account writes there
    env = register | {"BACKUP_DIR": str(backups)}
    with served(env, START_S) as process:
        # The program takes its first backup by itself; until then the doctor says that there is none.
        wait_for(lambda: run(["doctor"], env).returncode == 0, process, log_of(env), START_S)
        for command in ("audit verify", "cluster drill"):
            answer = run(command.split(), env)
            assert answer.returncode == 0, f"{command}: {answer.stdout}{answer.stderr}"
        accounts = json.loads((folder / "var" / "demo-accounts.json").read_text(encoding="utf-8"))
        passwords = {account["username"]: account["password"] for account in accounts}
        for name in ACCOUNTS:
            pages, broken = crawl(f"http://127.0.0.1:{env['PORT']}", name, passwords[name], application)
            assert broken == {}
            assert pages > 40
        process.terminate()
        assert wait_for_end(process, log_of(env)) == 0


def crawl(site, name, password, application):
    """Number of pages that an account opened, one of each endpoint, and address -> status of those that failed."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(f"{site}/login", timeout=START_S) as answer:
        token = _TOKEN.search(answer.read().decode())[1]
    form = urlencode({"username": name, "password": password, "csrf_token": token}).encode()
    with opener.open(f"{site}/login", form, timeout=START_S) as answer:
        assert "/login" not in answer.url, f"{name} cannot sign in"
    addresses = application.url_map.bind("127.0.0.1")
    waiting, endpoints, failed = deque(["/"]), set(), {}
    while waiting:
        address = waiting.popleft()
        try:
            endpoint, _values = addresses.match(urlsplit(address).path, "GET")
        except HTTPException:
            continue
        if endpoint in endpoints or LEFT_OUT.search(address):
            continue
        endpoints.add(endpoint)
        try:
            with opener.open(urljoin(site, address), timeout=START_S) as answer:
                is_page = answer.headers.get_content_type() == "text/html"
                waiting += map(unescape, _LINK.findall(answer.read().decode())) if is_page else []
        except HTTPError as error:
            failed |= {address: error.code} if error.code >= 500 else {}
    return len(endpoints), failed
