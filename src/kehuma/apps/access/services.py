"""Writes of access, each one transaction with its event. The door; the work is done in the modules named here."""

from kehuma.apps.access.api_keys import MACHINE as MACHINE_RIGHTS
from kehuma.apps.access.api_keys import create as create_key
from kehuma.apps.access.api_keys import create_for_machine as create_machine_key
from kehuma.apps.access.api_keys import revoke as revoke_key
from kehuma.apps.access.api_keys import revoke_any as revoke_any_key
from kehuma.apps.access.devices import remember as remember_device
from kehuma.apps.access.list_views import choose as choose_view
from kehuma.apps.access.list_views import forget as forget_view
from kehuma.apps.access.list_views import keep as keep_view
from kehuma.apps.access.list_views import rename as rename_view
from kehuma.apps.access.models import User
from kehuma.apps.access.passwords import change as change_password
from kehuma.apps.access.people import (
    activate,
    add_person,
    change_own,
    change_person,
    deactivate,
    found,
    invite,
    link_of,
    new_link,
    open_link,
    remove_second_factor,
    request_link,
    set_language,
    use_link,
)
from kehuma.apps.access.roles import (
    change_role,
    create_role,
    create_team,
    delete_role,
    delete_team,
    rename_organisation,
    rename_team,
    set_idle_days,
    set_person_names,
)
from kehuma.apps.access.second_factor import confirm as confirm_second_factor
from kehuma.apps.access.second_factor import new_recovery_codes
from kehuma.apps.access.second_factor import set_up as set_up_second_factor
from kehuma.apps.access.second_factor import turn_off as turn_off_second_factor
from kehuma.apps.access.separating import ask_end, decide_end, give_role, separate, unite_at_machine
from kehuma.apps.access.sessions import begin as begin_session
from kehuma.apps.access.sessions import end as end_session
from kehuma.apps.access.sessions import end_others as end_other_sessions
from kehuma.apps.access.sessions import is_open as is_session_open
from kehuma.apps.access.signing_in import check_password, check_second_factor

# Django's own sign-in takes the row itself: pages hand it on, and look at nothing in it.
__all__ = [
    "MACHINE_RIGHTS",
    "User",
    "activate",
    "add_person",
    "ask_end",
    "begin_session",
    "change_own",
    "change_password",
    "change_person",
    "change_role",
    "check_password",
    "check_second_factor",
    "choose_view",
    "confirm_second_factor",
    "create_key",
    "create_machine_key",
    "create_role",
    "create_team",
    "deactivate",
    "decide_end",
    "delete_role",
    "delete_team",
    "end_other_sessions",
    "end_session",
    "forget_view",
    "found",
    "give_role",
    "invite",
    "is_session_open",
    "keep_view",
    "link_of",
    "new_link",
    "new_recovery_codes",
    "open_link",
    "remember_device",
    "remove_second_factor",
    "rename_organisation",
    "rename_team",
    "rename_view",
    "request_link",
    "revoke_any_key",
    "revoke_key",
    "separate",
    "set_idle_days",
    "set_language",
    "set_person_names",
    "set_up_second_factor",
    "turn_off_second_factor",
    "unite_at_machine",
    "use_link",
]
