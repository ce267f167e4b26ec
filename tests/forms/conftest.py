from __future__ import annotations

from tests.writing.conftest import _nobody_is_remembered, followed, key

__all__ = ["_nobody_is_remembered", "followed", "key"]
