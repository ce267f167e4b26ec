from __future__ import annotations

from tests.documents.conftest import _nobody_is_remembered, jeanne
from tests.tasks.conftest import agnes

__all__ = ["_nobody_is_remembered", "agnes", "jeanne"]
