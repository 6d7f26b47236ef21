"""Writes of customers: each is one transaction that tells one story and testifies to it."""

from kehuma.apps.customers.attaching import attach, detach
from kehuma.apps.customers.batches import begin_batch, bulk_edit, preview_bulk, undo
from kehuma.apps.customers.binning import delete, restore
from kehuma.apps.customers.changing import (
    add_contact,
    add_identifier,
    change_contact,
    make_primary,
    move,
    remove_contact,
    remove_identifier,
    update,
)
from kehuma.apps.customers.consents import give_consent, withdraw_consent
from kehuma.apps.customers.creating import create
from kehuma.apps.customers.defining import change_field, define_field, retire_field, revive_field
from kehuma.apps.customers.erasing import erase, replay_erasures, subject_export
from kehuma.apps.customers.importing import Import
from kehuma.apps.customers.owners import claim, hand_over, release, return_idle, touch
from kehuma.apps.customers.purposes import add_purpose, remove_purpose, rename_purpose
from kehuma.apps.customers.restricting import lift, restrict
from kehuma.apps.customers.retention import hold, remove_rule, set_rule, switch_rule
from kehuma.apps.customers.retention import run as run_retention
from kehuma.apps.customers.revealing import reveal
from kehuma.apps.customers.tagging import create_tag, delete_tag, rename_tag, tag, untag
from kehuma.apps.customers.waiting import create_waiting

__all__ = [
    "Import",
    "add_contact",
    "add_identifier",
    "add_purpose",
    "attach",
    "begin_batch",
    "bulk_edit",
    "change_contact",
    "change_field",
    "claim",
    "create",
    "create_tag",
    "create_waiting",
    "define_field",
    "delete",
    "delete_tag",
    "detach",
    "erase",
    "give_consent",
    "hand_over",
    "hold",
    "lift",
    "make_primary",
    "move",
    "preview_bulk",
    "release",
    "remove_contact",
    "remove_identifier",
    "remove_purpose",
    "remove_rule",
    "rename_purpose",
    "rename_tag",
    "replay_erasures",
    "restore",
    "restrict",
    "retire_field",
    "return_idle",
    "reveal",
    "revive_field",
    "run_retention",
    "set_rule",
    "subject_export",
    "switch_rule",
    "tag",
    "touch",
    "undo",
    "untag",
    "update",
    "withdraw_consent",
]
