"""The rights that a role can give, as one list; pages say them in words."""

PERMISSIONS = (
    "customers.view",
    "customers.create",
    "customers.edit",
    "customers.delete",
    "customers.export",
    "customers.import",
    "customers.assign",
    "customers.reveal",
    "interactions.add",
    "tags.edit",
    "fields.manage",
    "schemes.view",
    "schemes.edit",
    "schemes.publish",
    "dictionaries.view",
    "dictionaries.edit",
    "codes.view",
    "codes.resolve",
    "codes.label",
    "codes.manual",
    "users.manage",
    "roles.manage",
    "settings.manage",
    "audit.view",
    "backup.manage",
    "tasks.view",
)
# Whoever has both can give every right back: somebody always has them.
KEEPER = frozenset({"users.manage", "roles.manage"})
