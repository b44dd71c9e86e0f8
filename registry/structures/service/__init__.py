"""Writes of structures."""

from registry.structures.service.create import create_structure
from registry.structures.service.edit import edit_structure
from registry.structures.service.life import confirm, decommission, resume, suspend
from registry.structures.service.revert import can_revert, revert_change

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
