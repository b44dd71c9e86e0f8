"""The setting of somebody else's tiles: an address of images whose host the pages may then ask."""

import re
from typing import Final
from urllib.parse import urlsplit

from config.environment import Environment
from registry.kernel.i18n import _

#: The host joins the content policy of every page, so it may hold nothing that the policy's grammar knows.
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?")
_PLACES: Final = ("{z}", "{x}", "{y}")


def read_tile_url(env: Environment) -> str | None:
    """Where image tiles lie; None when not given."""
    value = env.text("REGISTRY_TILE_URL")
    if value is None:
        return None
    parts = urlsplit(value)
    complete = all(value.count(place) == 1 for place in _PLACES)
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.netloc) or not complete:
        raise env.refusal("REGISTRY_TILE_URL", _("địa chỉ dạng https://ban-do.example.vn/{z}/{x}/{y}.png"))
    return value


def origin_of(address: str) -> str:
    """Scheme and host of an address, as the content policy names them."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
