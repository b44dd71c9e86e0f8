"""`flask features`: what each feature brings to the program."""

import click
from flask import current_app
from flask.cli import with_appcontext

from registry.kernel.feature import FEATURES, Feature


@click.command("features")
@with_appcontext
def features_command() -> None:
    """Name the features with their pages, commands and what they add to others.

    Example: flask --app app features
    """
    for feature in current_app.extensions[FEATURES]:
        click.echo(feature.name)
        for line in _lines(feature):
            click.echo(f"  {line}")


def _lines(feature: Feature) -> list[str]:
    added: dict[str, int] = {}
    for contribution in feature.provides:
        added[contribution.point.name] = added.get(contribution.point.name, 0) + len(contribution.items)
    pages = [f"pages {blueprint.name}" for blueprint in feature.blueprints]
    commands = [f"command {command.name}" for command in feature.commands]
    return [*pages, *commands, *(f"{name}: {count}" for name, count in added.items())]
