"""Django settings. Everything that an installation decides comes from the environment (see README, « Réglages »)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from maillon.kernel import config, database

BASE_DIR = config.ROOT
DEBUG = os.environ.get("MAILLON_DEBUG") == "1"
SECRET_KEY = config.secret("django")
ALLOWED_HOSTS = os.environ.get("MAILLON_HOTES", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "maillon.kernel",
    "maillon.patients",
    "maillon.professionals",
    "maillon.access",
    "maillon.noticed",
    "maillon.record",
    "maillon.tasks",
    "maillon.charter",
    "maillon.evaluations",
    "maillon.scenarios",
    "maillon.irritants",
    "maillon.fielddays",
    "maillon.documents",
    "maillon.exchange",
    "maillon.conversations",
    "maillon.writing",
    "maillon.prescribing",
    "maillon.forms",
    "maillon.rights",
    "maillon.pathways",
    "maillon.territory",
    "maillon.portability",
    "maillon.web",
    "maillon.fhir_api",
    "maillon.demo",
    "maillon.journeys",
]

MIDDLEWARE = [
    "maillon.web.middleware.nothing_kept",
    "maillon.web.middleware.security_headers",
    "maillon.web.middleware.storable_fields",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "maillon.web.middleware.signed_in_actor",
    "maillon.web.door.session.visiting_person",
]

ROOT_URLCONF = "maillon.urls"
WSGI_APPLICATION = "maillon.web.wsgi.application"
AUTH_USER_MODEL = "access.Account"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "maillon" / "web" / "templates"],
        "OPTIONS": {"environment": "maillon.web.jinja.environment"},
    },
]

DATABASES = {"default": database.settings()}

# PBKDF2 and Argon2 as the CNIL asks (délibération 2022-100): a slow salted hash.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

LANGUAGE_CODE = "fr-fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS: list[Path] = [BASE_DIR / "maillon" / "web" / "static", BASE_DIR / "static" / "vendor"]
STATIC_ROOT = BASE_DIR / "static" / "assembled"

HTTPS = os.environ.get("MAILLON_HTTPS") == "1"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("MAILLON_ORIGINES", "").split(",") if origin]
CSRF_FAILURE_VIEW = "maillon.web.errors.csrf_failure"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("MAILLON_JOURNAL", "WARNING")},
}
