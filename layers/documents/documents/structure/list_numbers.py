"""The numbers and letters that lists count with, in Word's names for them (ECMA-376, part 1, section 17.18.59)."""

from __future__ import annotations

_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)


def format_number(number: int, number_format: str) -> str:
    """A counter in one of Word's number formats; unknown ones count in decimals."""
    if number_format == "decimalZero":
        return f"{number:02d}"
    if number_format.endswith("Letter"):
        letter = chr(ord("a") + (number - 1) % 26) * min(10, (number - 1) // 26 + 1)
        return letter.upper() if number_format.startswith("upper") else letter
    if number_format.endswith("Roman") and 0 < number < 4000:
        roman = ""
        for value, sign in _ROMAN:
            roman += sign * (number // value)
            number %= value
        return roman.upper() if number_format.startswith("upper") else roman
    return str(number)
