"""Settings, from the environment alone. Safe for production unless ENVIRONMENT says otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from helpdesk import __version__, env, sentry
from helpdesk.embedded import discover
from helpdesk.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

if not env.text("DATABASE_URL", ""):
    # A command typed beside a running `make run` finds its services by itself.
    env.adopt(discover(BASE_DIR))

# --- Where and as what this process runs -------------------------------------------------------------------------

ENVIRONMENT = env.choice("ENVIRONMENT", "production", env.ENVIRONMENTS)
PRODUCTION = ENVIRONMENT == "production"
ROLE = env.choice("ROLE", "web", env.ROLES)
DEBUG = False
DEMO = env.flag("DEMO", False)
if PRODUCTION and DEMO:
    raise ImproperlyConfigured(
        "DEMO: one-click logins and invented data have no place in production."
    )
TESTING = ENVIRONMENT == "test"

SITE_URL = env.site_url("SITE_URL", None if PRODUCTION else "http://127.0.0.1:8000")
_site = urlsplit(SITE_URL)
_https = _site.scheme == "https"
if PRODUCTION and not _https and _site.hostname not in ("localhost", "127.0.0.1", "::1"):
    raise ImproperlyConfigured("SITE_URL: must be https outside this machine.")
FILES_HOST = env.host("FILES_HOST")
if FILES_HOST and _site.hostname == FILES_HOST:
    raise ImproperlyConfigured("FILES_HOST: must be another host than that of SITE_URL.")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", any_host=not PRODUCTION) or [
    host
    for host in (_site.hostname, FILES_HOST, *(() if PRODUCTION else ("localhost", "127.0.0.1")))
    if host
]
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0, most=10)
SECRET_KEY = env.secret_key("SECRET_KEY", required=PRODUCTION)
# Encrypts connector tokens at rest; the newest key first, so that keys can be changed. Defaults to SECRET_KEY.
ENCRYPTION_KEYS = env.secret_keys("ENCRYPTION_KEYS", SECRET_KEY)

# --- The parts ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "csp",
    "django_filters",
    "django_htmx",
    "heroicons",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "helpdesk",
    "accounts",
    "shifts",
    "knowledgebase",
    "tickets",
    "connectors",
    "community",
    "portal",
    "reports",
    "webhooks",
    "api",
    "operations",
]
if ENVIRONMENT == "local":
    INSTALLED_APPS.insert(0, "django.contrib.admin")

MIDDLEWARE = [
    "helpdesk.middleware.RequestId",
    "operations.metrics.Metrics",
    "helpdesk.middleware.StreamsOnly",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "helpdesk.middleware.FilesHost",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.Viewer",
    "helpdesk.middleware.DomainErrors",
]

ROOT_URLCONF = "helpdesk.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.insert(0, "django.forms")

# --- PostgreSQL: the only truth ----------------------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {"default": env.database("DATABASE_URL")}
if env.text("DATABASE_REPLICA_URL", ""):
    DATABASES["replica"] = env.database("DATABASE_REPLICA_URL")
    DATABASES["replica"]["TEST"] = {"MIRROR": "default"}
DATABASE_ROUTERS = ["helpdesk.replica.Router"]
STATEMENT_SECONDS = 5
"""What a page may ask for at most; it is 503 then."""
DB_POOL = env.choice("DB_POOL", "psycopg", ("psycopg", "pgbouncer"))
for _database in DATABASES.values():
    _database |= {
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 0,
        # A connection from before PostgreSQL's restart is dead, and would cost somebody their request.
        "CONN_HEALTH_CHECKS": True,
        # Statement names and server-side cursors would break behind PgBouncer in transaction mode.
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
    _options: dict[str, Any] = _database.setdefault("OPTIONS", {})
    _options.setdefault("prepare_threshold", None)
    if DB_POOL == "psycopg" and ROLE in ("web", "sse") and not TESTING:
        _options["pool"] = {
            "min_size": 1,
            "max_size": env.number("DB_POOL_SIZE", 10, least=1, most=200),
            "timeout": 3,  # seconds for a connection: then the answer is 503, instead of silence
        }
        # Behind PgBouncer the role has to bring it: docs/growing.md.
        _options.setdefault("options", f"-c statement_timeout={STATEMENT_SECONDS}s")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Valkey or Redis: hints, buckets, cache; may be empty at any instant -----------------------------------------

REDIS_URL = env.redis_url("REDIS_URL")
CACHE_URL = env.redis_url("CACHE_URL", REDIS_URL)
BROKER_URL = env.broker_url("BROKER_URL", REDIS_URL)
PUBSUB_URL = env.redis_url("PUBSUB_URL", REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}

CELERY_BROKER_URL = BROKER_URL
if BROKER_URL.startswith("unix://"):  # which kombu spells its own way, the database, too
    CELERY_BROKER_URL = "redis+socket" + BROKER_URL[4:].replace("?db=", "?virtual_host=")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 1,
}
if BROKER_URL.startswith("amqp"):
    # Replicated queues, on RabbitMQ 4. They refuse a prefetch count for a whole channel; Celery sees that by itself.
    CELERY_TASK_DEFAULT_QUEUE_TYPE = CELERY_TASK_CREATE_MISSING_QUEUE_TYPE = "quorum"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
    CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    name: {
        "task": task,
        "schedule": float(seconds),
        "options": {"expires": expires, "queue": queue},
    }
    for name, task, seconds, expires, queue in (
        # Sweeps find what a lost hint left. They expire fast: a late one is only a doubled one.
        ("pull", "connectors.tasks.pull_channels", 2, 2, "celery"),
        ("inbox", "connectors.tasks.drain_inbox", 1, 2, "celery"),
        ("outbox", "tickets.tasks.drain_outbox", 1, 2, "celery"),
        ("files", "tickets.tasks.fetch_files", 5, 5, "celery"),
        ("clocks", "tickets.tasks.sweep_clocks", 5, 5, "celery"),
        ("members", "connectors.tasks.count_members", 30, 20, "celery"),
        ("channels", "connectors.tasks.look_at_channels", 20, 20, "celery"),
        ("plans", "tickets.tasks.replan_clocks", 30, 20, "celery"),
        ("links", "portal.tasks.send_links", 10, 10, "celery"),
        ("answers", "api.tasks.forget_answers", 600, 300, "celery"),
        ("webhooks", "webhooks.tasks.work", 1, 2, "webhooks"),
        ("webhooks-tidy", "webhooks.tasks.tidy", 60, 50, "webhooks"),
    )
}
# Each queue shows life by a task that comes out at the other end.
QUEUES = ("celery", "pull", "webhooks")
CELERY_BEAT_SCHEDULE |= {
    f"pulse-{queue}": {
        "task": "operations.tasks.pulse",
        "schedule": 15.0,
        "args": [queue],
        "options": {"expires": 30, "queue": queue},
    }
    for queue in QUEUES
}
# Touched by worker and beat while they work, for helpdesk/probe.py; none when empty.
ALIVE_FILE = env.text("ALIVE_FILE", "")
CELERY_TASK_ROUTES = {
    "connectors.tasks.pull_channel": {"queue": "pull"},
    "webhooks.tasks.*": {"queue": "webhooks"},
}

# --- People ------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
] + [{"NAME": "accounts.tokens.EndsTokens"}]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
# A session left open must not be enough to take an account over by a new address, password or second factor.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
LOGIN_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "5/15m/key,20/15m/ip",
    "reset_password": "20/h/ip,3/h/key",
}
ACCOUNT_RATE_LIMITS = False if TESTING else LOGIN_LIMITS
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Helpdesk"
MFA_TOTP_TOLERANCE = 1  # steps of 30 s: a phone's clock may be wrong by as much
REQUIRE_MFA = env.flag("REQUIRE_MFA", PRODUCTION)

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 7 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-session" if _https else f"session_{_site.port or 80}"
CSRF_COOKIE_NAME = "__Host-csrf" if _https else f"csrf_{_site.port or 80}"
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "helpdesk.web.csrf_failure"

# --- The browser's guard -----------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # data: is the QR code of the second factor; as an image it runs nothing.
        "img-src": [SELF, "blob:", "data:", *([f"https://{FILES_HOST}"] if FILES_HOST else [])],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
# A browser's preload list takes a whole domain, for good: its owner asks for that, not a help desk.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"

# --- Bodies and files --------------------------------------------------------------------------------------------

FILE_SIZE_LIMIT = 20 * 2**20
FILES_PER_MESSAGE = 10
BODY_SIZE_LIMIT = 60 * 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 * 2**20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 * 2**20
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILES_ROOT = env.folder("FILES_ROOT", BASE_DIR / ".local" / "files")
MEDIA_ROOT = FILES_ROOT
STATIC_URL = "/static/"
STATIC_ROOT = env.folder("STATIC_ROOT", BASE_DIR / ".local" / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION
STORAGE = env.choice("STORAGE", "local", ("local", "s3"))
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
if STORAGE == "s3":
    STORAGES["default"] = {
        "BACKEND": "helpdesk.storage.Bucket",
        "OPTIONS": {
            "bucket_name": env.text("S3_BUCKET"),
            "endpoint_url": env.http_url("S3_ENDPOINT", "") or None,
            "region_name": env.text("S3_REGION", "us-east-1"),
            "access_key": env.text("S3_ACCESS_KEY"),
            "secret_key": env.text("S3_SECRET_KEY"),
        },
    }
EMAIL_CONFIG = env.email("EMAIL_URL", "smtp://localhost:25" if PRODUCTION else "console://")
vars().update(
    {
        name: value
        for name, value in EMAIL_CONFIG.items()
        if name.startswith(("EMAIL_", "SERVER_", "DEFAULT_"))
    }
)

# --- Language and time -------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("zh-hans", _("Chinese")),
    ("fa", _("Persian")),
    ("tr", _("Turkish")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- The outside -------------------------------------------------------------------------------------------------

TRANSPORTS = {
    "telegram": "connectors.telegram.transport.TelegramTransport",
    "form": "portal.transport.FormTransport",
}
# What one network address may send by the form before it has to work for it.
FORM_LIMITS = not TESTING
TELEGRAM_API_BASE = env.http_url("TELEGRAM_API_BASE", "https://api.telegram.org")
SANDBOX_URL = env.http_url("SANDBOX_URL", "")
PULL_TIMEOUT = env.number("PULL_TIMEOUT", 10, most=50)
INBOX_DRAINS = env.number("INBOX_DRAINS", 2, least=1, most=200)

# Where webhooks may go besides the public internet, by http and other ports, too: for receivers on one's own network.
WEBHOOK_ALLOWED_NETWORKS = env.networks("WEBHOOK_ALLOWED_NETWORKS")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.authentication.ScopePermission"],
    "DEFAULT_THROTTLE_CLASSES": ["api.authentication.TokenLimit"],
    "DEFAULT_PARSER_CLASSES": ["api.parsing.StrictJSON"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.Schema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "api.errors.problem",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Helpdesk API",
    "DESCRIPTION": "What the pages do, for programs. How it is used stands in docs/api.md.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["api.authentication.ScopePermission"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "api.schema.finish"],
    "ENUM_NAME_OVERRIDES": {
        "Language": "accounts.models.Language",
        "Status": "tickets.models.Status",
        "SettableStatus": "api.bodies.SETTABLE",
        "Priority": "tickets.models.Priority",
        "DeliveryState": "tickets.models.DeliveryState",
        "FileState": "tickets.models.FileState",
    },
}

# --- Who watches ------------------------------------------------------------------------------------------------

# What Prometheus must bring; without it there is no /metrics.
METRICS_TOKEN = env.token("METRICS_TOKEN")
# Where exceptions go, without what anybody wrote: helpdesk/sentry.py.
SENTRY_DSN = env.dsn("SENTRY_DSN")
if SENTRY_DSN:
    sentry.start(SENTRY_DSN, environment=ENVIRONMENT, release=__version__)

LOGGING = logging_config(json=PRODUCTION)
