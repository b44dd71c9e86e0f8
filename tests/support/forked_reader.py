"""The reading process without the cost of its start: forks of one process that has loaded its modules already.

`client.start` of the product begins a new Python for each upload, a third of a second. Tests, which read hundreds of
files, put `start` and `end` of a `Parent` in its place: a fork has the same working directory, file descriptors, empty
environment and session of its own, and runs the same `main`, which closes itself in. The layer process and tests marked
`real_reader` start it as the product does.

`serve` is the program of the process that forks. An order is one message of JSON. With "cwd" come the descriptors of
input and output, and the answer is the number of the fork; with "end" the fork is killed and reaped, and the answer is
its status and its peak memory in kilobytes.
"""

import contextlib
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path

from registry.imports.reading import child, formats

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from tests.support.forked_reader import serve; serve()"
_MESSAGE = 65_536


class Forked:
    """A reading process that was forked, as `client` sees one that was started."""

    def __init__(self, pid, output):
        self.pid, self.returncode = pid, None
        self.stdout = os.fdopen(output, "rb", 0)


class Parent:
    """The process that forks."""

    def __init__(self):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", "-X", "utf8", "-c", PROGRAM, str(CHECKOUT), str(theirs.fileno())]
        self._process = subprocess.Popen(command, cwd="/", env={}, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._socket, self._lock = ours, threading.Lock()

    def start(self, module, arguments, private, source):
        """As `client.start`."""
        if module != "child":
            raise ValueError(module)
        reader, writer = os.pipe()
        answer = self._ask({"cwd": str(private), "arguments": arguments}, [source, writer])
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


def serve():
    """Fork and reap as the orders say, until the other side is gone."""
    load_all()
    orders = socket.socket(fileno=int(sys.argv[2]))
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(orders, _MESSAGE, 2)
        if not message:
            return
        order = json.loads(message)
        answer = (
            _reap(order["end"]) if "end" in order else {"pid": fork(order["arguments"], order["cwd"], *descriptors)}
        )
        for each in descriptors:
            os.close(each)
        orders.send(json.dumps(answer).encode())


def load_all():
    """What reading processes load, once for all of them, but for GDAL, which is given its one driver before."""
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", GDAL_NUM_THREADS="1")
    for module, *_functions in formats._PLACES.values():
        import_module(f"{formats._HERE}.{module}")
    import_module("numpy")
    gc.freeze()


def fork(arguments, private, source, output):
    """A fork that reads the file `source` in the folder `private` and writes to `output`; its number."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            enter(arguments, private, source, output)
            child.main()
            sys.stdout.flush()
            status = 0
        finally:
            os._exit(status)
    return pid


def enter(arguments, private, source, output):
    """What is new to a program that was started: its session, directory, environment and files."""
    os.setsid()
    os.chdir(private)
    os.environ.clear()
    nothing = os.open(os.devnull, os.O_WRONLY)
    for target, descriptor in enumerate((source, output, nothing)):
        os.dup2(descriptor, target)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    sys.argv = ["-c", *arguments]
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")


def _reap(pid):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    # One that was killed before it had a session of its own.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    _pid, status, usage = os.wait4(pid, 0)
    return {"status": os.waitstatus_to_exitcode(status), "peak_kb": usage.ru_maxrss}
