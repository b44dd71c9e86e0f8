"""How parts of the program reach each other: by arguments and typed accessors, never by a name in a dictionary."""

import ast

from registry.kernel.db.base import Base
from registry.kernel.feature import mount
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.wiring.features import FEATURES
from tests.arch.sources import files, nodes, nodes_of, short
from tests.support.offenders import no_offenders

PYTHON = files(".py", under="registry/")
#: Modules by the names that the contracts of pyproject.toml mean with "pages, forms and rules".
PAGES = ("pages", "page", "api", "forms", "rules")
#: Calls at the top of a module: an index belongs to its table, a dialect to SQLAlchemy; the matrix of permissions is in
#: force before any application exists.
AT_IMPORT = {"Index", "Table", "dialects.register", "install"}


def test_services_are_reached_through_their_accessor():
    no_offenders(
        "only registry/kernel/services.py reads or writes app.extensions",
        [
            f"{short(path)}:{node.lineno}: {ast.unparse(node)}"
            for path, node in nodes(ast.Attribute, PYTHON)
            if node.attr == "extensions"
            and ast.unparse(node.value) in ("app", "current_app", "self.app")
            and short(path) != "registry/kernel/services.py"
        ],
        "declare NAME = Service[Type]('registry.name'), put it where the application is assembled, and read "
        "NAME.current() or NAME.of(app)",
    )


def test_tables_are_reached_through_their_model():
    no_offenders(
        "no table is looked up by its name",
        [
            f"{short(path)}:{node.lineno}: {ast.unparse(node)}"
            for path, node in nodes(ast.Attribute, PYTHON)
            if ast.unparse(node).endswith("metadata.tables") and short(path) != "registry/kernel/db/history.py"
        ],
        "take table_of(Model), history_of(Model), or ask a higher layer by an extension point",
    )


def test_nothing_registers_itself_while_it_is_imported():
    no_offenders(
        "no module calls anything for its effect while it is imported",
        [
            f"{short(path)}:{statement.lineno}: {ast.unparse(statement)[:80]}"
            for path in PYTHON
            for statement in nodes_of(path)[ast.Module][0].body
            if isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Call)
            and ast.unparse(statement.value.func) not in AT_IMPORT
        ],
        "name it in `provides=` of the feature",
    )


def test_pages_forms_and_rules_never_use_the_session_themselves():
    paths = [
        path
        for path in PYTHON
        if path.stem in PAGES or path.stem.endswith(tuple(f"_{name}" for name in PAGES)) or "pages" in path.parts
    ]
    no_offenders(
        "pages, forms and rules leave the session to queries and services",
        [
            f"{short(path)}:{node.lineno}: {ast.unparse(node)[:80]}"
            for path, node in nodes(ast.Call, paths)
            if isinstance(node.func, ast.Attribute)
            and ast.unparse(node.func.value).split(".")[-1] == "session"
            and ast.unparse(node.func.value) != "session"
        ],
        "write a function in queries.py or service.py and call it with ctx",
    )


def test_each_explained_constraint_is_one_of_the_database():
    mount(FEATURES)
    # Unique, check and exclusion constraints of the models, and unique indexes.
    names = {constraint.name for table in Base.metadata.tables.values() for constraint in table.constraints}
    names |= {index.name for table in Base.metadata.tables.values() for index in table.indexes if index.unique}
    no_offenders(
        "a sentence belongs to a constraint of a model",
        [name for name in CONSTRAINTS if name not in names],
        "correct the name in CONSTRAINT_SENTENCES of the feature",
    )
