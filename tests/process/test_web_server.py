"""The options of the web server (config/gunicorn.py), by a server of its own that serves nothing."""

import os
import subprocess
import sys

from registry.kernel.installation import CHECKOUT
from tests.support.processes import wait_for, wait_for_end

#: A worker that is not born before a signal came.
STILL_BORN = """
import signal
from config.gunicorn import *

bind, workers, graceful_timeout = ["127.0.0.1:0"], 1, 600

def post_fork(server, worker):
    print("being born", flush=True)
    signal.pause()
"""

NOTHING = """
def app(environ, start_response):
    start_response("204 No Content", [])
    return []
"""


def test_a_worker_that_is_ended_while_it_is_born_holds_the_port_no_longer(tmp_path):
    config, log = tmp_path / "options.py", tmp_path / "log"
    config.write_text(STILL_BORN, encoding="utf-8")
    (tmp_path / "nothing.py").write_text(NOTHING, encoding="utf-8")
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), "--pythonpath", str(tmp_path), "nothing:app"]
    env = os.environ | {"DATA_DIR": str(tmp_path / "var")}
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=CHECKOUT, env=env, stdout=output, stderr=output) as server,
    ):
        try:
            wait_for(lambda: "being born" in log.read_text(encoding="utf-8"), server, log)
            server.terminate()
            assert wait_for_end(server, log) == 0
        finally:
            server.kill()
