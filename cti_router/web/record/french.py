"""Amounts, dates and numbers as they are written in French. Pure."""

from datetime import date

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
NARROW, MINUS = "\u202f", "\u2212"


def amount(cents: int) -> str:
    """-421840 is "− 4 218,40 €"."""
    euros, rest = divmod(abs(cents), 100)
    digits = f"{euros:,}".replace(",", NARROW)
    return f"{MINUS + NARROW if cents < 0 else ''}{digits},{rest:02}\u00a0€"


def siret(digits: str) -> str:
    """732 829 320 00074."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:9]} {digits[9:]}"


def account(digits: str) -> str:
    """In groups of three."""
    return " ".join(digits[at : at + 3] for at in range(0, len(digits), 3))


def phone(e164: int | str) -> str:
    """A French number as it is dialled, by pairs; another one as +49 …"""
    digits = str(e164).lstrip("+")
    if digits.startswith("33") and len(digits) == 11:
        national = f"0{digits[2:]}"
        return " ".join(national[at : at + 2] for at in range(0, 10, 2))
    return f"+{digits}" if digits else ""


def day(on: date, today: date) -> str:
    """5 décembre; with its year when that is another one than today's."""
    first = "1er" if on.day == 1 else str(on.day)
    year = "" if on.year == today.year else f" {on.year}"
    return f"{first} {MONTHS[on.month - 1]}{year}"


def period(first: date, months: int, today: date) -> str:
    """Octobre, 3e trimestre, Année 2025: with its year when that is another one than today's."""
    if months == 12:
        return f"Année {first.year}"
    year = "" if first.year == today.year else f" {first.year}"
    if months == 3:
        quarter = (first.month - 1) // 3 + 1
        return f"{quarter}{'er' if quarter == 1 else 'e'} trimestre{year}"
    return f"{MONTHS[first.month - 1].capitalize()}{year}"


def distance(on: date, today: date) -> str:
    """How far a day is: dans 12 jours, demain, aujourd’hui, hier, il y a 3 jours."""
    match (on - today).days:
        case 0:
            return "aujourd’hui"
        case 1:
            return "demain"
        case -1:
            return "hier"
        case days if days > 0:
            return f"dans {days} jours"
        case days:
            return f"il y a {-days} jours"
