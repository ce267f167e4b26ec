from __future__ import annotations

from tests.documents.conftest import _nobody_is_remembered, jeanne

__all__ = ["_nobody_is_remembered", "jeanne"]
