from __future__ import annotations

from tests.charter.conftest import agnes

__all__ = ["agnes"]
