"""Every page that somebody can reach, by a name: who opens it, and where it lies.

Names in braces are those of `Site.codes`.
"""

PAGES = {
    "home": (None, "/"),
    "public list": (None, "/structures"),
    "public cell": (None, "/structures/{unpublished}"),
    "sign in": (None, "/login"),
    "used link": (None, "/set-password/no-such-link"),
    "nothing here": (None, "/structures/THA-CAT-999999"),
    "units": (None, "/territory"),
    "unit": (None, "/territory/{unit}"),
    "own work": ("viettel", "/"),
    "list": ("so.khcn", "/structures?kind=antenna_tower"),
    "empty list": ("so.khcn", "/structures?q=khong+co+gi"),
    "detail": ("viettel", "/structures/{published}"),
    "line": ("vnpt", "/structures/{duct}"),
    "past": ("viettel", "/structures/{published}?as_of={today}"),
    "kinds": ("viettel", "/structures/new"),
    "new tower": ("viettel", "/structures/new/antenna_tower"),
    "new duct": ("vnpt", "/structures/new/cable_duct"),
    "edit": ("viettel", "/structures/{published}/edit"),
    "place": ("viettel", "/structures/{published}/places/new"),
    "entry": ("viettel", "/structures/{published}/entries/new"),
    "file": ("viettel", "/files/structure/{published_id}/add"),
    "imports": ("viettel", "/imports"),
    "account": ("viettel", "/account"),
    "users": ("quantri", "/admin/users"),
    "new user": ("quantri", "/admin/users/new"),
    "user": ("quantri", "/admin/users/{user}"),
    "edit user": ("quantri", "/admin/users/{user}/edit"),
    "organisations": ("quantri", "/admin/organisations"),
    "new organisation": ("quantri", "/admin/organisations/new"),
    "organisation": ("quantri", "/admin/organisations/{organisation}"),
    "edit organisation": ("quantri", "/admin/organisations/{organisation}/edit"),
    "looks": ("viettel", "/looks"),
    "audit": ("so.khcn", "/audit"),
    "not allowed": ("viettel", "/admin/users"),
}
#: These have no map, so that they must be light.
LIGHT = ("home", "sign in", "own work", "kinds", "imports", "account", "users", "user", "organisations", "file")
