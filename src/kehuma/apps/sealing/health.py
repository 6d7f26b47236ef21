"""How the keys are kept, for ``kehuma doctor`` and the health page."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from kehuma.apps.sealing import queries, rewrapping, sources
from kehuma.apps.sealing.models import KeyVersion
from kehuma.lib.db import place
from kehuma.lib.health import Finding, said


def findings() -> Iterator[Finding]:
    """Whether personal values open, where the root key lies, and whether a rotation was left half-way."""
    sealed = queries.why_sealed()
    if sealed:
        yield Finding("keys", sealed, said("remedy-keys"))
    else:
        yield _of_root_key()
    if queries.needs_recovery_key():
        yield Finding("recovery-key", said("found-no-recovery"), said("remedy-recovery"), is_note=True)
    if KeyVersion.objects.count() > 1:
        is_moving = rewrapping.unmoved() is not None
        found = said("found-keys-moving" if is_moving else "found-old-version")
        yield Finding(
            "key-versions", found, said("remedy-keys-moving" if is_moving else "remedy-old-version"), is_note=True
        )


def _of_root_key() -> Finding:
    file = sources.file()
    if settings.KEHUMA_ROOT_KEY or not file.exists():
        return Finding("keys", said("found-keys-open"))
    if file.stat().st_mode & 0o077:
        return Finding("keys", said("found-key-open", file=file), said("remedy-key-open", file=file))
    data = place.store() or Path(settings.KEHUMA_HOME)
    if file.stat().st_dev == data.stat().st_dev:
        return Finding("keys", said("found-root-beside", file=file), said("remedy-root-beside"), is_note=True)
    return Finding("keys", said("found-keys-open"))
