"""A client of the HTTP API for Python programs.

    with Client("https://codes.example", key) as kehuma:
        issued = kehuma.issue("region-industry", {"region": "北京", "industry": "信息技术"}, request_key="order-4711")
        print(issued.code)
        for customer in kehuma.customers(region="44"):
            print(customer["code"], customer["name"])

Whatever gets lost on the way is asked for again with the same request key: no code is given out twice for one request.
"""

from kehuma.client.answers import ApiError, Code, Conflict, Invalid, Lost, NotAllowed, NotFound, Order, Outcome
from kehuma.client.codes import Codes
from kehuma.client.customers import Customers
from kehuma.client.imports import Imports
from kehuma.client.log import Log
from kehuma.client.schemes import Schemes
from kehuma.client.webhooks import Webhooks

__all__ = ["ApiError", "Client", "Code", "Conflict", "Invalid", "Lost", "NotAllowed", "NotFound", "Order", "Outcome"]


class Client(Codes, Log, Schemes, Customers, Imports, Webhooks):
    """One connection to a server, with a key. Close it, or use it in ``with``.

    ``retries`` is how often a request is made again after a lost reply, 429 or 5xx; ``timeout`` in seconds. Methods
    raise ApiError, and Lost where no answer came.
    """
