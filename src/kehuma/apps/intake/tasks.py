"""What a worker does in the background; each takes the uuid of a batch, so that it can be begun again."""

from django_tasks import task

from kehuma.apps.intake.checking import check
from kehuma.apps.intake.committing import commit
from kehuma.apps.intake.contents import opened_one
from kehuma.apps.intake.models import ImportBatch, State
from kehuma.lib import clock


@task()
def check_import(uuid: str) -> None:
    """Run the batch dry."""
    batch = opened_one(ImportBatch.objects.get(uuid=uuid))
    if batch.state == State.CHECKING:
        check(batch, at=clock.now())


@task()
def commit_import(uuid: str) -> None:
    """Bring the rows of the batch in."""
    batch = opened_one(ImportBatch.objects.get(uuid=uuid))
    if batch.state == State.COMMITTING:
        commit(batch, at=clock.now())
