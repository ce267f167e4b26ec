"""How things read on a French page: dates, ages, numbers, sizes, plurals. Used as filters of the templates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from maillon.formats.document import Result
from maillon.formats.wording import ABNORMAL, counted, shown_date, shown_range, shown_unit, shown_value
from maillon.kernel import clock

NARROW: Final = "\u202f"  # espace fine insécable, before ; : ! ? and inside « »
MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
SEXES: Final = {"F": "Féminin", "M": "Masculin", "I": "Indéterminé", "UN": "Indéterminé"}


def day(value: dt.date | dt.datetime | str | None) -> str:
    """31/03/2026. A text is an ISO date of a document, whose precision is kept: `2026-03` gives 03/2026."""
    if value is None:
        return ""
    if isinstance(value, str):
        return shown_date(value)
    if isinstance(value, dt.datetime):
        value = clock.in_paris(value)
    return f"{value.day:02}/{value.month:02}/{value.year}"


def hour(value: dt.datetime) -> str:
    local = clock.in_paris(value)
    return f"{local.hour:02}{NARROW}h{NARROW}{local.minute:02}"


def moment(value: dt.datetime | str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return shown_date(value, with_time=True)
    return f"{day(value)} à {hour(value)}"


def recent(value: dt.datetime) -> str:
    """The hour alone for today, the day otherwise: what a list has room for."""
    return hour(value) if clock.in_paris(value).date() == clock.today() else day(value)


def machine_date(value: dt.date | dt.datetime) -> str:
    return value.isoformat()


def month(value: dt.datetime) -> str:
    return month_of(clock.in_paris(value).date())


def month_of(day: dt.date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"


def age(birth: dt.date | None) -> str:
    """In days before one month, in months before two years, then in years."""
    if birth is None:
        return ""
    today = clock.today()
    months = (today.year - birth.year) * 12 + today.month - birth.month - (today.day < birth.day)
    if months < 1:
        return counted((today - birth).days, "jour")
    if months < 24:
        return f"{months}{NARROW}mois"
    return counted(months // 12, "an")


def decimal(value: Decimal | str | None) -> str:
    """Decimal comma, no idle zeros: 5.40000000 reads 5,4."""
    if value is None:
        return ""
    text = format(value.normalize(), "f") if isinstance(value, Decimal) else value
    return text.replace(".", ",")


def unit(code: str | None) -> str:
    return shown_unit(code)


def size(octets: int) -> str:
    if octets < 1000:
        return f"{octets}{NARROW}o"
    if octets < 1_000_000:
        return f"{octets // 1000}{NARROW}Ko"
    return f"{octets / 1_000_000:.1f}{NARROW}Mo".replace(".", ",")


def matricule(ins: str | None) -> str:
    """2 50 02 75 116 001 42: the groups by which people read a matricule aloud."""
    if not ins or len(ins) != 15:
        return ins or ""
    return NARROW.join((ins[0], ins[1:3], ins[3:5], ins[5:7], ins[7:10], ins[10:13], ins[13:]))


def sex(code: str | None) -> str:
    return SEXES.get(code or "", "Non renseigné")


def browser(user_agent: str) -> str:
    """`Firefox, Windows`: enough for a person to recognise their own session."""
    names = ("Edg", "Firefox", "Chrome", "Safari")
    name = next((word for word in names if word in user_agent), "")
    places = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")
    place = next((word for word in places if word in user_agent), "")
    return ", ".join(part for part in ({"Edg": "Edge"}.get(name, name), place) if part) or "Navigateur inconnu"


def is_abnormal(result: Result) -> bool:
    return (result.interpretation or "") in ABNORMAL


def due(value: dt.datetime) -> str:
    """When something had, or has, to be done, counted in days of Paris."""
    days = (clock.in_paris(value).date() - clock.today()).days
    if days == 0:
        return "passée aujourd’hui" if value < clock.now() else "aujourd’hui"
    if days == -1:
        return "hier"
    if days < 0:
        return f"il y a {counted(-days, 'jour')}"
    return "demain" if days == 1 else day(value)


def remaining(seconds: int) -> str:
    """What is left of four hours: « 3 h 41 restantes »; the minute that has begun counts."""
    hours, minutes = divmod(-(-seconds // 60), 60)
    if hours:
        return f"{hours}{NARROW}h{NARROW}{minutes:02} restantes"
    return f"{minutes}{NARROW}min restante{'s' if minutes > 1 else ''}"


def lower_first(text: str) -> str:
    """A title inside a sentence: « Lettre d’adressage » → « lettre d’adressage »; an acronym keeps its capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def level(value: float | None) -> str:
    """A level or a median: « 2,5 », « 3 »; a dash when it is not shown."""
    return "–" if value is None else f"{value:g}".replace(".", ",")


def part(value: float | None) -> str:
    """« 93,8 % »."""
    return "non évalué" if value is None else f"{value:.1f}{NARROW}%".replace(".", ",")


def thousands(number: int) -> str:
    """« 1 204 »."""
    return f"{number:,}".replace(",", NARROW)


def zip_with(left: Iterable[str], right: Iterable[str]) -> list[tuple[str, str]]:
    """Two lists as pairs: what a list of choices is drawn from."""
    return list(zip(left, right, strict=True))


FILTERS: Final = {
    "zip_with": zip_with,
    "level": level,
    "part": part,
    "thousands": thousands,
    "lower_first": lower_first,
    "remaining": remaining,
    "day": day,
    "hour": hour,
    "moment": moment,
    "recent": recent,
    "machine_date": machine_date,
    "month": month,
    "month_of": month_of,
    "age": age,
    "counted": counted,
    "decimal": decimal,
    "unit": unit,
    "size": size,
    "matricule": matricule,
    "sex": sex,
    "due": due,
    "browser": browser,
    "is_abnormal": is_abnormal,
    "shown_value": shown_value,
    "shown_range": shown_range,
    "ident": id,
}
