"""Networks as a person writes them into a setting.

>>> [str(one) for one in networks("10.20.0.0/16, fd00::/8", "KEHUMA_WEBHOOK_NETWORKS")]
['10.20.0.0/16', 'fd00::/8']
"""

import ipaddress

from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str, setting: str) -> tuple[Network, ...]:
    """The networks with commas between them; ImproperlyConfigured names the ``setting`` that holds something else."""
    try:
        return tuple(ipaddress.ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError as error:
        raise ImproperlyConfigured(f"{setting}: {error}") from None
