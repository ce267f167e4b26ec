"""A mail address and a mobile phone, as people type them."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from maillon.kernel.message import UserMessage
from maillon.kernel.text import storable

WRONG_MAIL = UserMessage("E-POR-03", "Cette adresse de courriel n’est pas valable.")
WRONG_PHONE = UserMessage(
    "E-POR-04", "Indiquez un numéro de téléphone portable, par exemple 06\u202f12\u202f34\u202f56\u202f78."
)


def spelled_email(typed: str) -> str:
    text = storable(typed).strip().lower()
    if not text:
        return ""
    try:
        validate_email(text)
    except ValidationError:
        raise WRONG_MAIL from None
    return text


def spelled_phone(typed: str) -> str:
    """Ten digits for a French mobile, « + » and the digits for another country."""
    text = re.sub(r"[\s.()\-\u00a0\u202f]", "", typed)
    if not text:
        return ""
    text = re.sub(r"^(?:\+|00)33\(?0?\)?", "0", text)
    if not re.fullmatch(r"0[67]\d{8}|\+[1-9]\d{7,14}", text, re.ASCII):
        raise WRONG_PHONE
    return text
