"""Bring the tables of the store to what this version of the program expects."""

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def is_current() -> bool:
    """Whether no migration is missing."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def upgrade() -> None:
    """Run the migrations that are missing; on a new machine this makes the data folder and the database."""
    if not is_current():
        call_command("migrate", verbosity=0, interactive=False)
