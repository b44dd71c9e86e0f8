"""The reading process without the cost of its start: forks of one process that has loaded its modules already.

`client.start` of the product begins a new Python for each upload, a third of a second. The tests of the layers that
read hundreds of files put `start` and `end` of this module in its place: the fork has the same working directory, file
descriptors, empty environment and session of its own, and runs the same `main`, which closes itself in. The layers unit
and process start it as the product does.

As a program (`python forked_reader.py SOCKET`) this is the process that forks. An order is one message of JSON; with
"run" come the descriptors of input and output, and the answer is the number of the fork; with "end" the fork is killed
and reaped, and the answer is its status and its peak memory in kilobytes.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
_MESSAGE = 65_536
_FAMILIES = ("text", "json", "xml", "zip", "ole2")


class Forked:
    """What `client` uses of a `subprocess.Popen`."""

    def __init__(self, pid, output):
        self.pid, self.returncode = pid, None
        self.stdout = os.fdopen(output, "rb", 0)


class Parent:
    """The process that forks, started when the first file is read."""

    def __init__(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", "-X", "utf8", str(Path(__file__)), str(theirs.fileno())]
        self._process = subprocess.Popen(command, cwd="/", env={}, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._socket, self._lock = ours, threading.Lock()

    def start(self, module, arguments, private, source):
        """As `client.start`."""
        reader, writer = os.pipe()
        order = {"run": module, "arguments": arguments, "cwd": str(private)}
        answer = self._ask(order, [source, writer])
        os.close(writer)
        return Forked(answer["pid"], reader)

    def end(self, process):
        """As `client.end`."""
        process.stdout.close()
        if process.returncode is not None:
            return 0
        answer = self._ask({"end": process.pid})
        process.returncode = answer["status"]
        return answer["peak_kb"]

    def _ask(self, order, descriptors=()):
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(order).encode()], descriptors)
            return json.loads(self._socket.recv(_MESSAGE))

    def stop(self):
        """End it; it has no forks left when all files are closed."""
        self._socket.close()
        self._process.wait()


def serve(number):
    """Fork and reap as the orders say, until the other side is gone."""
    sys.path.insert(0, str(CHECKOUT))
    from registry.imports.reading import child, readers, selftest  # noqa: PLC0415 - the tests themselves need none of it

    programs = {"child": child.main, "selftest": getattr(selftest, "main", None)}
    for family in _FAMILIES:
        readers.load(family)
    orders = socket.socket(fileno=number)
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(orders, _MESSAGE, 2)
        if not message:
            return
        order = json.loads(message)
        answer = _reap(order["end"]) if "end" in order else _fork(order, descriptors, programs, orders)
        orders.send(json.dumps(answer).encode())


def _fork(order, descriptors, programs, orders):
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            orders.close()
            _become(order, descriptors)
            programs[order["run"]]()
            sys.stdout.flush()
            status = 0
        except SystemExit as ended:
            status = ended.code or 0
        finally:
            os._exit(status)
    for each in descriptors:
        os.close(each)
    return {"pid": pid}


def _become(order, descriptors):
    """What `client.start` gives a new process."""
    os.setsid()
    os.chdir(order["cwd"])
    source, output = descriptors
    os.dup2(source, 0)
    os.dup2(output, 1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.closerange(3, 1024)
    sys.argv = ["-c", *order["arguments"]]


def _reap(pid):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    # A fork that was killed before it had a session of its own.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _pid, status, usage = os.wait4(pid, 0)
    return {"status": os.waitstatus_to_exitcode(status), "peak_kb": usage.ru_maxrss}


if __name__ == "__main__":
    serve(int(sys.argv[1]))
