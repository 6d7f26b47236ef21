"""How Django finds the person behind a session: with its role, in one query."""

from django.contrib.auth.backends import BaseBackend
from django.db.models import Subquery

from kehuma.apps.access.models import Organisation, User


class Backend(BaseBackend):
    """Finds people by id. Names and passwords are checked by ``signing_in`` alone, which slows guessing down."""

    def get_user(self, user_id: int) -> User | None:
        """The active person of this id."""
        rows = User.objects.select_related("role", "team", "second_factor")
        names = Subquery(Organisation.objects.values("person_names")[:1])
        return rows.annotate(person_names=names).filter(pk=user_id, is_active=True).first()
