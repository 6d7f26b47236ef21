"""What a worker does in the background."""

import logging

from django.db.models import Q
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from kehuma.apps.sealing import queries, rewrapping
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.lib import clock

_ACTOR = "kehuma"


@task()
def move_keys() -> None:
    """Move data keys to the current version, from where it was left."""
    try:
        rewrapping.rewrap(actor=_ACTOR, at=clock.now())
    except StoreSealedError as error:
        # It goes on when the installation is opened: see resume.
        logging.getLogger("kehuma.sealing").warning("data keys wait to be moved: %s", error.message)


def resume() -> None:
    """See to it that a rotation goes on that nobody is working at."""
    if rewrapping.unmoved() is None or not queries.is_open() or _is_at_work():
        return
    move_keys.enqueue()


def _is_at_work() -> bool:
    unfinished = Q(status=TaskResultStatus.READY) | Q(status=TaskResultStatus.RUNNING)
    return DBTaskResult.objects.filter(unfinished, task_path=move_keys.module_path).exists()
