"""The words of numbers, times, dates and durations, as they are said in English."""

from typing import Final

TODAY: Final = "today"
TOMORROW: Final = "tomorrow"

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth",
}  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def cardinal(number: int) -> str:
    """0 to 99: "twenty-one". Raises ValueError."""
    if not 0 <= number <= 99:
        raise ValueError(f"{number} is not between 0 and 99")
    if number < 20:
        return _UNITS[number]
    tens, rest = divmod(number, 10)
    return _TENS[tens] + (f"-{_UNITS[rest]}" if rest else "")


def time_of_day(hour: int, minute: int) -> str:
    """With its preposition: "at half past nine in the morning", "at noon". Raises ValueError."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59):
        raise ValueError(f"{hour}:{minute} is no time of day")
    if minute == 0 and hour in (0, 12):
        return "at midnight" if hour == 0 else "at noon"
    named = cardinal(hour % 12 or 12)
    if minute == 30:
        named = f"half past {named}"
    elif minute:
        named += f" {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    if hour < 12:
        return f"at {named} in the morning"
    return f"at {named} in the {'afternoon' if hour < 18 else 'evening'}"


def weekday(iso: int) -> str:
    """With its preposition; 1 is Monday. Raises ValueError."""
    if not 1 <= iso <= 7:
        raise ValueError(f"{iso} is no day of the week: 1 is Monday, 7 Sunday")
    return f"on {_WEEKDAYS[iso - 1]}"


def day_of_year(month: int, day: int) -> str:
    """ "the first of December". Raises ValueError."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise ValueError(f"{month}/{day} is no day of a year")
    *tens, last = cardinal(day).split("-")
    return f"the {'-'.join([*tens, _ORDINALS.get(last, f'{last}th')])} of {_MONTHS[month - 1]}"


def lasting(minutes: int) -> str:
    """ "three minutes"; 0 is less than one, 60 and more are over an hour. Raises ValueError."""
    if minutes < 0:
        raise ValueError(f"{minutes} minutes cannot be")
    if minutes == 0:
        return "less than a minute"
    if minutes >= 60:
        return "more than an hour"
    return f"{cardinal(minutes)} minute{'s' if minutes > 1 else ''}"


def about(minutes: int) -> str:
    """ "about four minutes"; what has no figure is said as it is. Raises ValueError."""
    return f"about {lasting(minutes)}" if 0 < minutes < 60 else lasting(minutes)
