"""Commands that every installation has: cluster, db, serve, worker, doctor, docs, features."""

from flask import Flask

from registry.kernel.cli.backup import backup_commands
from registry.kernel.cli.db import db_group
from registry.kernel.cli.doctor import doctor
from registry.kernel.cli.features import docs_group, features_command
from registry.kernel.cli.serve import cluster_group, serve, worker
from registry.kernel.installation import INSTALLATION, Installation

__all__ = ["init_cli"]


def init_cli(app: Flask, installation: Installation) -> None:
    INSTALLATION.put(app, installation)
    for command in backup_commands:
        cluster_group.add_command(command)
    for command in (cluster_group, db_group, serve, worker, doctor, docs_group, features_command):
        app.cli.add_command(command)
