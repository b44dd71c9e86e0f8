"""The one error of the private cluster."""

from click import ClickException


class ClusterError(ClickException):
    """The private cluster cannot do what is asked; the text names the cause and the remedy in one sentence.

    On the command line it is printed without a traceback, with the exit code of "database unreachable".
    """

    exit_code = 5
