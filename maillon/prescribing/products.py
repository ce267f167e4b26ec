"""The specialities of the public base: imported whole, asked for by the words of a line or by a code."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from maillon.formats.bdpm import Base, Speciality
from maillon.kernel import clock, sql
from maillon.kernel.message import UserMessage
from maillon.prescribing import models
from maillon.prescribing.prescription import CIP, CIS, LONGEST_NAME, NO_PRODUCTS, Line, Product, Products
from maillon.prescribing.words import fold, sequences

BATCH: Final = 2_000
LONGEST_LINE: Final = 40  # words in which the name of a speciality is looked for
LEAST_KEPT: Final = 0.5  # of the specialities of the former import: less looks like a truncated file
SHRUNK = UserMessage(
    "E-MED-04",
    "Ces fichiers ont moins de la moitié des spécialités déjà connues\u202f: sont-ils entiers\u202f? Rien n’a été "
    "changé. Ajoutez --forcer si c’est voulu.",
)
_FIGURE: Final = re.compile(r"\d|,")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    dated: dt.date
    imported_at: dt.datetime
    products: int


@transaction.atomic
def take_in(base: Base, *, dated: dt.date, digest: str, is_forced: bool = False) -> Release:
    """In place of what was there, or nothing changes. The same files again change nothing. Raises E-MED-04."""
    former = models.ProductRelease.objects.order_by("-pk").first()
    if former is not None and former.sha256 == digest:
        return _release(former)
    if former is not None and not is_forced and len(base.specialities) < LEAST_KEPT * former.products:
        raise SHRUNK
    models.Product.objects.all().delete()
    models.Product.objects.bulk_create(map(_row, base.specialities.values()), batch_size=BATCH)
    return _release(
        models.ProductRelease.objects.create(
            imported_at=clock.now(), dated=dated, products=len(base.specialities), sha256=digest
        )
    )


def digest_of(files: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(hashlib.sha256(files[name]).digest())
    return whole.hexdigest()


def release() -> Release | None:
    found = models.ProductRelease.objects.order_by("-pk").first()
    return _release(found) if found else None


def named_in(lines: Iterable[Line]) -> Products:
    """The specialities that these lines may name: one question for all of them."""
    lines = list(lines)
    words = {run for line in lines for run in sequences(fold(line.text).split()[:LONGEST_LINE], longest=LONGEST_NAME)}
    codes = {line.code for line in lines if line.system in (CIS, CIP) and line.code}
    if not words and not codes:
        return NO_PRODUCTS
    found = sql.rows(_NAMED, {"words": sorted(words), "codes": sorted(codes)})
    by_name: dict[str, Product] = {}
    by_code: dict[tuple[str, str], Product] = {}
    for cis, name, key, substances, cips in found:
        product = Product(name=name, substances=tuple(substances))
        by_code |= {(CIS, cis): product} | {(CIP, cip): product for cip in cips}
        by_name[key] = _together(by_name.get(key), product)
    return Products(by_name=by_name, by_code=by_code)


_NAMED = """
SELECT cis, name, words, substances, cips FROM prescribing_product
 WHERE words = ANY(%(words)s::text[]) OR cis = ANY(%(codes)s::text[]) OR cips && %(codes)s::varchar(13)[]
 ORDER BY cis
"""


def _together(former: Product | None, product: Product) -> Product:
    """Several specialities bear one name (« DOLIPRANE 500 mg », « DOLIPRANE 1000 mg »): all that they hold."""
    if former is None:
        return product
    return Product(name=former.name, substances=tuple(dict.fromkeys((*former.substances, *product.substances))))


def _row(each: Speciality) -> models.Product:
    return models.Product(
        cis=each.cis, name=each.name[:400], words=_words(each.name), form=each.form[:300], routes=each.routes[:300],
        is_marketed=each.is_marketed, substances=[name[:300] for name in each.substances], cips=each.cips,
    )  # fmt: skip


def _words(name: str) -> str:
    """« DOLIPRANE 1000 mg, comprimé » → « doliprane »: what stands before the strength and the form."""
    return fold(_FIGURE.split(name, maxsplit=1)[0])[:400]


def _release(row: models.ProductRelease) -> Release:
    return Release(dated=row.dated, imported_at=row.imported_at, products=row.products)
