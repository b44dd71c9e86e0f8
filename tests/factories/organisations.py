"""Commands on organisations and accounts, from all their values at once."""

from registry.accounts.commands import SaveOrganisation, SaveUser
from registry.accounts.models import ORGANISATION, PERSON


def save_organisation(*, code, version=None, **values):
    assert set(values) <= set(ORGANISATION)
    return SaveOrganisation(code=code, values=values, version=version)


def save_user(**values):
    own = {name: values.pop(name) for name in PERSON if name in values}
    return SaveUser(values=own, **values)
