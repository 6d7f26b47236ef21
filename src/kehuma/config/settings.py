"""Settings of Django. Reading them touches no disk: folders and keys come into being when they are first needed.

What a person may set stands in ``docs/reference/settings.md``.
"""

import os
from pathlib import Path

from django.utils.functional import SimpleLazyObject
from platformdirs import user_data_dir

from kehuma.lib import secret_files

KEHUMA_HOME = Path(os.environ.get("KEHUMA_HOME") or user_data_dir("kehuma", appauthor=False)).absolute()

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "kehuma.apps.audit",
    "kehuma.apps.access",
    "kehuma.apps.codes",
]
AUTH_USER_MODEL = "access.User"

DATABASES = {"default": {"ENGINE": "kehuma.lib.db", "NAME": KEHUMA_HOME / "kehuma.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]

# Lazy, so that `kehuma --help` and the checks of a scheme file leave no key behind on a machine.
SECRET_KEY = SimpleLazyObject(lambda: secret_files.read_or_create(KEHUMA_HOME / "django.key").hex())
