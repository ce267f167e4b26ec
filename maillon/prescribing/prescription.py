"""What is being prescribed: lines as they are written, and what is recognised in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from maillon.prescribing.knowledge import Knowledge, Substance
from maillon.prescribing.words import fold, holds, sequences

ATC: Final = "2.16.840.1.113883.6.73"
CIS: Final = "1.2.250.1.213.2.3.1"
CIP: Final = "1.2.250.1.213.2.3.2"
LONGEST_NAME: Final = 6  # words


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`code` and `system` (OID: ATC, CIS, CIP) where the line is coded. `renews`: taken from the record as it is."""

    text: str
    code: str = ""
    system: str = ""
    renews: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prescription:
    """`duration` and `weight` (kg) are those written for the whole, as texts; empty when they are not."""

    lines: tuple[Line, ...] = ()
    duration: str = ""
    weight: str = ""


class Product(NamedTuple):
    """A speciality of the public base, and the substances that it names."""

    name: str
    substances: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Products:
    """Those that the texts and codes at hand may name: by folded name, by (OID, code)."""

    by_name: Mapping[str, Product]
    by_code: Mapping[tuple[str, str], Product]


NO_PRODUCTS: Final = Products(by_name={}, by_code={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine:
    """What was recognised of one line. `uncovered`: substances that the public base names and the knowledge does not;
    nothing recognised: neither. `said_in`: the document that says it, for a treatment of the record."""

    text: str
    key: str
    substances: tuple[Substance, ...] = ()
    uncovered: tuple[str, ...] = ()
    names_substance: bool = True  # by its common denomination (CSP L5121-1-2)
    renews: bool = False
    said_in: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.substances or self.uncovered)


def key_of(text: str) -> str:
    """The key of the line that is written so: what a card is about."""
    return fold(text)


class _Found(NamedTuple):
    keys: list[str]
    uncovered: list[str]


class Recogniser:
    """Finds names of medicines in texts: the longest first, each word once."""

    def __init__(self, knowledge: Knowledge, products: Products = NO_PRODUCTS) -> None:
        self.knowledge, self.products = knowledge, products

    def medicine(self, line: Line, *, said_in: str = "") -> Medicine:
        key = key_of(line.text)
        found = self._coded(line)
        if not found.keys and not found.uncovered:
            found = self._named(key)
        substances = tuple(self.knowledge.substances[each] for each in sorted(set(found.keys)))
        return Medicine(
            text=" ".join(line.text.split()),
            key=key,
            substances=substances,
            uncovered=tuple(sorted(set(found.uncovered))),
            names_substance=all(any(holds(key, name) for name in each.names) for each in substances),
            renews=line.renews,
            said_in=said_in,
        )

    def substances_in(self, text: str) -> tuple[Substance, ...]:
        """Those that a text names by their common denomination or a brand."""
        return tuple(self.knowledge.substances[each] for each in sorted(set(self._named(fold(text)).keys)))

    def _coded(self, line: Line) -> _Found:
        if line.system == ATC:
            return _Found(list(self.knowledge.by_atc.get(line.code, ())), [])
        product = self.products.by_code.get((line.system, line.code))
        return self._of(product) if product else _Found([], [])

    def _named(self, key: str) -> _Found:
        whole = _Found([], [])
        for name in self._longest_names(key.split()):
            whole.keys.extend(self.knowledge.names.get(name, ()))
            if name in self.products.by_name:
                found = self._of(self.products.by_name[name])
                whole.keys.extend(found.keys)
                whole.uncovered.extend(found.uncovered)
        return whole

    def _longest_names(self, words: list[str]) -> Iterator[str]:
        start = 0
        while start < len(words):
            for end in range(min(start + LONGEST_NAME, len(words)), start, -1):
                name = " ".join(words[start:end])
                if name in self.knowledge.names or name in self.products.by_name:
                    yield name
                    start = end
                    break
            else:
                start += 1

    def _of(self, product: Product) -> _Found:
        """« CHLORHYDRATE DE METFORMINE » is metformine: the salt does not change the name that it holds."""
        whole = _Found([], [])
        for written in product.substances:
            runs = sequences(fold(written).split(), longest=LONGEST_NAME)
            keys = [key for run in runs for key in self.knowledge.names.get(run, ())]
            whole.keys.extend(keys)
            whole.uncovered.extend([] if keys else [written])
        return whole
