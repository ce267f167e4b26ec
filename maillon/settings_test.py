"""Settings of the tests: a data directory of their own, a fast password hash, an embedded server that is started
here."""

from __future__ import annotations

import os
from pathlib import Path

_ROOT = "/var/lib/maillon-tests" if os.geteuid() == 0 else "~/.local/share/maillon-tests"
os.environ["MAILLON_DONNEES"] = os.environ.get("MAILLON_DONNEES_TESTS", str(Path(_ROOT).expanduser()))

from maillon.kernel import database  # noqa: E402
from maillon.settings import *  # noqa: E402, F403
from maillon.settings import DATABASES  # noqa: E402

database.ensure_started()
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("MAILLON_TEST_DB", "test_maillon")}
DATABASES["default"]["OPTIONS"]["options"] += " -c synchronous_commit=off"  # nobody reads these bases after a fall
# The delays of a slow hash are tested once, in tests/access; elsewhere they would only be waited for.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
