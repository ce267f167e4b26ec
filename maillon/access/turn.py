"""One change of a record at a time."""

from __future__ import annotations

from maillon.kernel import sql
from maillon.kernel.key import Access


def take_turn(access: Access) -> None:
    """Until the end of the transaction: two clicks on one button then change the record once."""
    sql.rows("SELECT id FROM patients_patient WHERE id = %s FOR NO KEY UPDATE", (access.patient_id,))
