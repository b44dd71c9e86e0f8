"""Writes of structures."""

from registry.structures.writing.create_edit import create_structure, edit_structure
from registry.structures.writing.life import confirm, decommission, resume, suspend
from registry.structures.writing.revert import can_revert, revert_change

__all__ = [
    "can_revert",
    "confirm",
    "create_structure",
    "decommission",
    "edit_structure",
    "resume",
    "revert_change",
    "suspend",
]
