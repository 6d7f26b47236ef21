"""Settings of Django. Reading them touches no disk: folders and keys come into being when they are first needed.

What a person may set stands in ``docs/reference/settings.md``.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.utils.functional import SimpleLazyObject
from platformdirs import user_data_dir

from kehuma.lib import secret_files
from kehuma.lib.db import addresses
from kehuma.lib.networks import networks

KEHUMA_HOME = Path(os.environ.get("KEHUMA_HOME") or user_data_dir("kehuma", appauthor=False)).absolute()
# The files that remember what the store must not forget; best on another disk.
KEHUMA_WITNESS = os.environ.get("KEHUMA_WITNESS") or ""

# The root key of personal values: its text, or the file of it, else keys/root.key in the data folder; or a passphrase
# where `kehuma keys passphrase` has made that the way in.
KEHUMA_ROOT_KEY = os.environ.get("KEHUMA_ROOT_KEY") or ""
KEHUMA_ROOT_KEY_FILE = os.environ.get("KEHUMA_ROOT_KEY_FILE") or ""
KEHUMA_PASSPHRASE = os.environ.get("KEHUMA_PASSPHRASE") or ""
KEHUMA_CIPHER = os.environ.get("KEHUMA_CIPHER") or "aes-256-gcm"

_WEB = Path(__file__).resolve().parent.parent / "web"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "kehuma.apps.audit",
    "kehuma.apps.sealing",
    "kehuma.apps.access",
    "kehuma.apps.codes",
    "kehuma.apps.customers",
    "kehuma.apps.interactions",
    "kehuma.apps.intake",
    "kehuma.apps.alarms",
    "kehuma.apps.connectors",
    "kehuma.web",
    # Behind our pages, whose templates of widgets go before Django's.
    "django.forms",
]
AUTH_USER_MODEL = "access.User"

# SQLite in the data folder, or postgres://user:password@host:5432/database.
DATABASES = {"default": addresses.database(os.environ.get("KEHUMA_DATABASE_URL") or "", KEHUMA_HOME / "kehuma.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Long work is done by the worker of `kehuma serve`; its progress stands in the rows of its own package.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [_WEB / "locale"]

# Lazy, so that `kehuma --help` and the checks of a scheme file leave no key behind on a machine.
SECRET_KEY = SimpleLazyObject(lambda: secret_files.read_or_create(KEHUMA_HOME / "django.key").hex())

ROOT_URLCONF = "kehuma.config.urls"
WSGI_APPLICATION = "kehuma.config.wsgi.application"
ALLOWED_HOSTS = (os.environ.get("KEHUMA_HOSTS") or "localhost,127.0.0.1,[::1]").split(",")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "kehuma.web.middleware.content_policy",
    "kehuma.api.front.front",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kehuma.web.access.middleware.SignedInMiddleware",
    "kehuma.web.middleware.ViewerMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "kehuma.web.templatetags.kehuma"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "kehuma.web.context.shell",
                "kehuma.web.demo.context.demo",
            ],
        },
    }
]
COTTON_ISOLATE_BY_DEFAULT = True
FORM_RENDERER = "kehuma.web.forms.Renderer"

# Served by the program itself, straight from the packages: nothing is collected, and addresses carry a digest.
STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "kehuma.web.static_files.Storage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 365 * 24 * 3600

LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "workbench"
AUTHENTICATION_BACKENDS = ["kehuma.apps.access.backend.Backend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "kehuma.apps.access.passwords.NotGuessable"},
]
SESSION_COOKIE_NAME = "kehuma_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
# Set by `kehuma serve` when it speaks TLS, or by hand behind a proxy that does.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("KEHUMA_TLS") == "1"
# For so many days browsers that have come over TLS come without it no more.
SECURE_HSTS_SECONDS = int(os.environ.get("KEHUMA_HSTS_DAYS") or 0) * 24 * 3600
CSRF_COOKIE_NAME = "kehuma_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "kehuma.web.failures.handlers.forged"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# How many proxies of ours stand in front: so many addresses of X-Forwarded-For, from the right, are to be believed.
PROXIES = int(os.environ.get("KEHUMA_PROXIES") or 0)

# How many people sign off a period of the log: one or two.
SIGNERS = 2 if os.environ.get("KEHUMA_SIGNERS") == "2" else 1

# After so many days an import lets go of its file and its rows.
IMPORT_DAYS = int(os.environ.get("KEHUMA_IMPORT_DAYS") or 30)

# What is uploaded lies in memory, or sealed: nowhere readable.
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "kehuma.web.uploading.SealedUploadHandler",
]

# How many requests a minute a key of the API may make, counted for all processes of the server together.
API_RATE = int(os.environ.get("KEHUMA_API_RATE") or 60_000)

# Networks of one's own to which webhooks may go besides the internet, with commas between them; also without TLS.
WEBHOOK_NETWORKS = networks(os.environ.get("KEHUMA_WEBHOOK_NETWORKS") or "", "KEHUMA_WEBHOOK_NETWORKS")

# smtp://user:password@host:587 (STARTTLS) or smtps://…:465. Without it links are handed on by people.
_SMTP = urlsplit(os.environ.get("KEHUMA_SMTP") or "")
EMAIL_HOST = _SMTP.hostname or ""
EMAIL_PORT = _SMTP.port or 587
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_SMTP.username or ""), unquote(_SMTP.password or "")
EMAIL_USE_SSL = _SMTP.scheme == "smtps"
EMAIL_USE_TLS = bool(EMAIL_HOST) and not EMAIL_USE_SSL and EMAIL_HOST not in {"localhost", "127.0.0.1"}
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("KEHUMA_MAIL_FROM") or EMAIL_HOST_USER or "kehuma@localhost"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "loggers": {
        "kehuma": {"handlers": ["stderr"], "level": "INFO"},
        "django": {"handlers": ["stderr"]},
        # It would write down the addresses of webhooks, which often hold a token.
        "httpx": {"handlers": ["nowhere"], "propagate": False},
        # Our own failure pages say these in one line; Django's would be a page of traceback for every stray request.
        "django.security": {"handlers": ["nowhere"], "propagate": False},
    },
}
