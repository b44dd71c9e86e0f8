"""Writes of structures."""

from registry.structures.service.create import create_structure
from registry.structures.service.edit import edit_structure
from registry.structures.service.life import confirm, decommission, resume, suspend

__all__ = ["confirm", "create_structure", "decommission", "edit_structure", "resume", "suspend"]
