"""Commands of the program without the cost of its start: each runs in a fork of one process that has loaded it.

`python -m tests.support.forked_program`. A line in: JSON with `words` (the command) and `env`. A line out: JSON with
`status`, `stdout` and `stderr` of the command, which has read its settings and made its application by itself.
"""

import json
import os
import sys
import tempfile

from flask.cli import main as flask

from registry import wiring


def main():
    for line in sys.stdin:
        answer = answer_of(json.loads(line))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def answer_of(order):
    """Run a command in a fork of this process to its end."""
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        child = os.fork()
        if child == 0:
            run(order, stdout, stderr)
        _pid, status = os.waitpid(child, 0)
        answer = {"status": os.waitstatus_to_exitcode(status)}
        for name, file in (("stdout", stdout), ("stderr", stderr)):
            file.seek(0)
            answer[name] = file.read()
    return answer


def run(order, stdout, stderr):
    """Be the command; never returns."""
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(stdout.fileno(), 1)
    os.dup2(stderr.fileno(), 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["flask", "--app", "app", *order["words"]]
    status = 1
    try:
        flask()
    except SystemExit as end:
        status = end.code or 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    assert wiring.create_app, "loaded before the first fork"
    main()
