"""Whole public lists, made as the worker makes them."""

from registry.authz.blueprint import DATABASE
from registry.exports.feature import services
from registry.exports.jobs import STORE
from registry.exports.public_files import LANGUAGE_CONTEXT, make_public_files


def make_all(app):
    """Make the files that are due; how many they were."""
    return make_public_files(DATABASE.of(app), STORE.of(app), services(app)[LANGUAGE_CONTEXT])
