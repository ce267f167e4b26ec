"""A questionnaire as the text of a content file, and the version of it that a response points to."""

from __future__ import annotations

import functools
import hashlib
from decimal import Decimal
from typing import Any

import yaml

from maillon.formats.questionnaire.model import Questionnaire
from maillon.formats.questionnaire.plain import plain
from maillon.forms.models import DefinitionVersion
from maillon.kernel import clock, content


def as_yaml(asked: Questionnaire) -> str:
    """Read again, it gives the same questionnaire. Without what is as by default."""
    return yaml.dump(plain(asked), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=118)


def kept(asked: Questionnaire) -> DefinitionVersion:
    """The row of this very definition, written the first time."""
    body = as_yaml(asked)
    print_of = hashlib.sha256(body.encode()).hexdigest()
    known = {"code": asked.code, "version": asked.version[:40], "body": body, "kept_at": clock.now()}
    row, _ = DefinitionVersion.objects.get_or_create(fingerprint=print_of, defaults=known)
    return row


def definition_of(version: DefinitionVersion) -> Questionnaire:
    return _read(version.body, f"{version.code} {version.version}")


@functools.lru_cache(maxsize=300)
def _read(body: str, name: str) -> Questionnaire:
    """What was kept never changes: read once."""
    return content.read_text(body, Questionnaire, name)


class _Dumper(yaml.SafeDumper):
    """Numbers as they were written, references to nothing."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", f"{value}"))
