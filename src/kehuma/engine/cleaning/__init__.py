"""Normal forms and validity of what people write about a customer: names, numbers, addresses of mail.

A function either gives the normal form or raises ``Unusable`` with the reason; nothing is guessed.
"""

from kehuma.engine.cleaning.reasons import Unusable

__all__ = ["Unusable"]
