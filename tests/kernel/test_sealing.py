"""Sealed secrets: said again with our key only."""

from __future__ import annotations

import pytest

from maillon.kernel import sealing


def test_what_is_sealed_is_said_again() -> None:
    sealed = sealing.seal("mot de passe à l’épreuve")
    assert b"passe" not in sealed
    assert sealing.unseal(sealed) == "mot de passe à l’épreuve"
    assert sealing.seal("x") != sealing.seal("x")


def test_another_key_or_an_altered_seal_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = sealing.seal("secret")
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed[:-4] + b"AAAA")
    monkeypatch.setenv("MAILLON_SECRET_SCELLEMENT", "une autre clé")
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed)
