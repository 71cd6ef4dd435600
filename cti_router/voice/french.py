"""The words of numbers, times, dates and durations, as they are said in French."""

from typing import Final

TODAY: Final = "aujourd’hui"
TOMORROW: Final = "demain"

_UNITS = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)  # fmt: skip
_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}
_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip


def cardinal(number: int, *, feminine: bool = False) -> str:
    """0 to 99: "soixante et onze", "quatre-vingts", "quatre-vingt-un"; feminine "vingt et une". Raises ValueError."""
    if not 0 <= number <= 99:
        raise ValueError(f"{number} is not between 0 and 99")
    if number < 20:
        return "une" if number == 1 and feminine else _UNITS[number]
    tens = number // 20 * 20 if number >= 60 else number // 10 * 10  # soixante-dix, quatre-vingt-dix: by twenties
    rest = number - tens
    if rest == 0:
        return "quatre-vingts" if tens == 80 else _TENS[tens]
    joint = " et " if rest in (1, 11) and tens != 80 else "-"
    return _TENS[tens] + joint + cardinal(rest, feminine=feminine)


def time_of_day(hour: int, minute: int) -> str:
    """With its preposition: "à neuf heures et demie", "à treize heures trente", "à midi". Raises ValueError."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        raise ValueError(f"{hour}:{minute} is no time of day")
    if hour in (0, 12):
        named = "minuit" if hour == 0 else "midi"
        half = "et demi"
    else:
        named = f"{cardinal(hour, feminine=True)} heure{'s' if hour > 1 else ''}"
        half = "et demie"
    if minute == 0:
        return f"à {named}"
    # The halves belong to the clock of twelve hours: nobody says « treize heures et demie » of a timetable.
    return f"à {named} {half if minute == 30 and hour <= 12 else cardinal(minute, feminine=True)}"


def weekday(iso: int) -> str:
    """1 is Monday. Raises ValueError."""
    if not 1 <= iso <= 7:
        raise ValueError(f"{iso} is no day of the week: 1 is Monday, 7 Sunday")
    return _WEEKDAYS[iso - 1]


def day_of_year(month: int, day: int) -> str:
    """ "premier décembre", "deux décembre". Raises ValueError."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError(f"{month}/{day} is no day of a year")
    return f"{'premier' if day == 1 else cardinal(day)} {_MONTHS[month - 1]}"


def lasting(minutes: int) -> str:
    """ "trois minutes"; 0 is less than one, 60 and more are over an hour. Raises ValueError."""
    if minutes < 0:
        raise ValueError(f"{minutes} minutes cannot be")
    if minutes == 0:
        return "moins d’une minute"
    if minutes >= 60:
        return "plus d’une heure"
    return f"{cardinal(minutes, feminine=True)} minute{'s' if minutes > 1 else ''}"


def about(minutes: int) -> str:
    """ "environ quatre minutes"; what has no figure is said as it is. Raises ValueError."""
    return f"environ {lasting(minutes)}" if 0 < minutes < 60 else lasting(minutes)
