"""PDF files, signatures and maps without the cost of a program's start: forks of one process with their libraries.

WeasyPrint, GDAL and pyHanko take half a second to load, and the product starts them anew for each file. A fork has the
same working directory, input, output, empty environment and session of its own, and runs the same `main`. The layer
process and tests marked `real_reader` start the programs as the product does.

`serve` is the program of the process that forks. An order is one message of JSON: with "module" come the descriptors of
input and output, and the answer is the number of the fork; with "wait" the answer is its status once it has ended.
"""

import gc
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from importlib import import_module

from tests.support.forked_reader import CHECKOUT, enter

PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from tests.support.forked_writer import serve; serve()"
PAGES, MAPS = "registry.documents.child", "registry.kernel.exports.map_child"
#: Loaded by the first that asks for it: few do.
SIGNATURES = "registry.documents.signature_child"
_MESSAGE = 65_536


class Parent:
    """The process that forks."""

    def __init__(self):
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-I", "-X", "utf8", "-c", PROGRAM, str(CHECKOUT), str(theirs.fileno())]
        self._process = subprocess.Popen(command, cwd="/", env={}, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self._lock = threading.Lock()

    def ask(self, order, descriptors=()):
        """The answer to one order."""
        with self._lock:
            socket.send_fds(self._socket, [json.dumps(order).encode()], descriptors)
            return json.loads(self._socket.recv(_MESSAGE))

    def start_map(self, private):
        """As `map_files.start`."""
        (source, stdin), (stdout, target) = os.pipe(), os.pipe()
        pid = self.ask({"module": MAPS, "cwd": str(private)}, [source, target])
        os.close(source)
        os.close(target)
        return Forked(self, pid, os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb"))

    def start_signatures(self, module, _arguments, private, source):
        """As `signatures.start_program`."""
        stdout, target = os.pipe()
        pid = self.ask({"module": module, "cwd": str(private)}, [source, target])
        os.close(target)
        return Forked(self, pid, None, os.fdopen(stdout, "rb"))

    def write_pdf(self, html):
        """As `pdf._run`."""
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
            source.write(html.encode())
            source.seek(0)
            pid = self.ask({"module": PAGES, "cwd": "/"}, [source.fileno(), target.fileno()])
            status = self.ask({"wait": pid})
            target.seek(0)
            return subprocess.CompletedProcess((), status, target.read(), b"")

    def stop(self):
        """End it; all its forks have ended."""
        self._socket.close()
        self._process.wait()


class Forked:
    """A process that writes a map or reads signatures, as the product sees one that was started."""

    def __init__(self, parent, pid, stdin, stdout):
        self.pid, self.stdin, self.stdout, self.returncode = pid, stdin, stdout, None
        self._parent = parent

    def communicate(self, timeout=None):
        """What it says until it ends."""
        del timeout
        if self.stdin is not None:
            self.stdin.close()
        output = self.stdout.read()
        return output, self.wait()

    def wait(self):
        """Its status."""
        if self.returncode is None:
            self.returncode = self._parent.ask({"wait": self.pid})
        return self.returncode


def serve():
    """Fork and wait as the orders say, until the other side is gone."""
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", GDAL_NUM_THREADS="1")
    programs = {name: import_module(name).main for name in (PAGES, MAPS)}
    gc.freeze()
    orders = socket.socket(fileno=int(sys.argv[2]))
    while True:
        message, descriptors, _flags, _address = socket.recv_fds(orders, _MESSAGE, 2)
        if not message:
            return
        order = json.loads(message)
        if "wait" in order:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        else:
            name = order["module"]
            if name not in programs:
                programs[name] = with_algorithms(import_module(name))
            answer = fork(programs[name], order["cwd"], *descriptors)
        for each in descriptors:
            os.close(each)
        orders.send(json.dumps(answer).encode())


def with_algorithms(module):
    """The program that reads signatures, with what it loads when it runs."""
    module._load_algorithms()
    gc.freeze()
    return module.main


def fork(program, folder, source, output):
    """A fork that runs a program in a folder; its number."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            enter([], folder, source, output)
            program()
            sys.stdout.flush()
            status = 0
        finally:
            os._exit(status)
    return pid
