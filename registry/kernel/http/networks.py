"""The network that a request comes from, as the limits of what strangers may send count it."""

from __future__ import annotations

import ipaddress
from typing import Final

_IPV6_PREFIX: Final = 64


def network_of(address: str) -> str:
    """The address; of IPv6 the network of one customer, which has more addresses than can be counted."""
    try:
        ip_address = ipaddress.ip_address(address)
    except ValueError:
        return address
    if ip_address.version == 6:  # noqa: PLR2004 - the version of the protocol
        return str(ipaddress.ip_network((ip_address, _IPV6_PREFIX), strict=False))
    return str(ip_address)
