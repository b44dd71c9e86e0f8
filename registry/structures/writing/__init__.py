"""Writes of structures."""

from registry.structures.writing.create_edit import create_structure, edit_structure
from registry.structures.writing.life import confirm, decommission, resume, suspend
from registry.structures.writing.revert import can_revert, count_revertible, obstructed, revert_change

__all__ = [
    "can_revert",
    "confirm",
    "count_revertible",
    "create_structure",
    "decommission",
    "edit_structure",
    "obstructed",
    "resume",
    "revert_change",
    "suspend",
]
