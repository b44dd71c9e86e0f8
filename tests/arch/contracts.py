"""A contract of import-linter over modules by the form of their names, which its own wildcards cannot express."""

from fnmatch import fnmatchcase

from importlinter import fields
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.domain.imports import ModuleExpression


class NamedModulesContract(ForbiddenContract):
    """Modules whose dotted name matches one of `source_names` import none of `forbidden_modules`; `*` spans dots."""

    type_name = "named_modules"

    source_modules = fields.SetField(subfield=fields.ModuleExpressionField(), required=False)
    source_names = fields.SetField(subfield=fields.StringField())

    def check(self, graph, verbose):
        """Check the modules that have such a name today; a form that no module has is a mistake."""
        names = set()
        for form in self.source_names:
            matching = {name for name in graph.modules if fnmatchcase(name, form)}
            if not matching:
                message = f"no module has a name like {form}"
                raise ValueError(message)
            names |= matching
        self.source_modules = {ModuleExpression(name) for name in names}
        return super().check(graph, verbose)
