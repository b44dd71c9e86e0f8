"""The options of the web server (config/gunicorn.py), by a server of its own that serves nothing."""

import os
import subprocess
import sys

from registry.kernel.installation import CHECKOUT
from tests.support.patience import PATIENCE_S

SLOWLY_BORN = """
import time
from config.gunicorn import *

bind, workers, graceful_timeout = ["127.0.0.1:0"], 1, 600

def post_fork(server, worker):
    print("born", flush=True)
    time.sleep(2)
"""

NOTHING = """
def app(environ, start_response):
    start_response("204 No Content", [])
    return []
"""


def test_a_worker_that_is_told_to_end_while_it_is_born_holds_the_port_no_longer(tmp_path):
    config = tmp_path / "slowly_born.py"
    config.write_text(SLOWLY_BORN, encoding="utf-8")
    (tmp_path / "nothing.py").write_text(NOTHING, encoding="utf-8")
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), "--pythonpath", str(tmp_path), "nothing:app"]
    env = os.environ | {"DATA_DIR": str(tmp_path / "var")}
    with subprocess.Popen(command, cwd=CHECKOUT, env=env, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout.readline() == "born\n"
            server.terminate()
            assert server.wait(timeout=PATIENCE_S) == 0
        finally:
            server.kill()
