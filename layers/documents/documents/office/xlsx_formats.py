"""Shows the numbers of a workbook the way Excel does, as far as a control's text needs it.

Source: ECMA-376, part 1, sections 18.8.30 (number formats and the built-in ones) and 18.17.4.1 (dates as days
since 30 December 1899, or since 1 January 1904).
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    14: "yyyy-mm-dd",  # 14 and 22 are shown in the order of the reader's country: ISO 8601 is nobody's and everybody's
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd hh:mm",
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    45: "mm:ss",
    49: "@",
}
_LAST_DAY = 2_958_466  # 31 December 9999
_LONGEST_FORMAT = 255
_LARGEST_SHOWN = 1e15
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.|'
    r"(?P<code>AM/PM|A/P|General|y+|m+|d+|h+|s+|[0#?]+(?:,[0#?]+)*(?:\.[0#?]*)?|E[+-]0+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def shown(value: str, number_format: str, *, since_1904: bool = False) -> str:
    """A stored number in its format; the number as it is where the format is of another kind.

    Empty where the format shows nothing (``;;;``), which is a way to hide a cell.
    """
    try:
        number = float(value)
    except ValueError:
        return value
    if not math.isfinite(number) or len(number_format) > _LONGEST_FORMAT:
        return value
    section, number, signed = _section(number_format, number)
    tokens = list(_TOKEN.finditer(section))
    codes = [match["code"] for match in tokens if match["code"]]
    if any(code[0] in "ymdhsYMDHS" for code in codes):
        exact = -number if signed else number
        return _date(tokens, exact, since_1904) or _plain(exact)
    if not tokens and section == "":
        return ""
    if not codes or any(code[0] in "GgEe" for code in codes) or section == "@":
        return _plain(number) if not signed else f"-{_plain(number)}"
    return ("-" if signed else "") + _number(tokens, number)


def _section(number_format: str, number: float) -> tuple[str, float, bool]:
    """The part of the format for this number, the number as that part takes it, and whether it lacks a minus."""
    sections = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*\Z)', number_format)
    if number < 0 and len(sections) > 1:
        return sections[1], -number, False
    if number == 0 and len(sections) > 2:
        return sections[2], number, False
    return sections[0], abs(number), number < 0


def _plain(number: float) -> str:
    if number == int(number) and abs(number) < _LARGEST_SHOWN:
        return str(int(number))
    return f"{number:.15g}"


def _number(tokens: list[re.Match[str]], number: float) -> str:
    """Digits in the place of the first run of placeholders, literal text around them."""
    percent = sum(1 for match in tokens if match["other"] == "%")
    text, placed = "", False
    for match in tokens:
        code = match["code"]
        if code and not placed:
            text += _digits(code, number, percent)
            placed = True
        elif not code:
            text += match["quoted"] or match["escaped"] or match["currency"] or match["other"] or ""
    return text


def _digits(code: str, number: float, percent: int) -> str:
    whole, _, fraction = code.partition(".")
    try:
        exact = Decimal(repr(number)).scaleb(2 * percent)
        rounded = exact.quantize(Decimal(1).scaleb(-len(fraction)), rounding=ROUND_HALF_UP)
    except InvalidOperation:
        return _plain(number)
    integer, _, decimals = f"{rounded:f}".partition(".")
    integer = integer.rjust(whole.count("0"), "0")
    if "," in whole:
        integer = f"{int(integer):,}"
    while decimals and fraction[len(decimals) - 1] in "#?" and decimals[-1] == "0":
        decimals = decimals[:-1]
    return f"{integer}.{decimals}" if decimals else integer


def _date(tokens: list[re.Match[str]], number: float, since_1904: bool) -> str | None:
    if not 0 <= number < _LAST_DAY - 1462:
        return None
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 30)
    moment = start + timedelta(seconds=round(number * 86_400))
    half_days = any(match["code"] and match["code"].upper() in {"AM/PM", "A/P"} for match in tokens)
    text, before = "", ""
    for place, match in enumerate(tokens):
        code = (match["code"] or "").lower()
        if not code:
            text += match["quoted"] or match["escaped"] or match["other"] or ""
            continue
        after = next((each["code"].lower() for each in tokens[place + 1 :] if each["code"]), "")
        is_minute = code in {"m", "mm"} and (before[:1] == "h" or after[:1] == "s")
        text += _minute(moment, code) if is_minute else _date_part(moment, code, half_days)
        before = code
    return text.strip()


def _minute(moment: datetime, code: str) -> str:
    return f"{moment.minute:0{len(code)}d}"


def _date_part(moment: datetime, code: str, half_days: bool) -> str:
    width = min(2, len(code))
    if code[0] == "y":
        return f"{moment.year:04d}" if len(code) > 2 else f"{moment.year % 100:02d}"
    if code[0] == "m":
        name = _MONTHS[moment.month - 1]
        return f"{moment.month:0{width}d}" if len(code) < 3 else name[:3] if len(code) == 3 else name
    if code[0] == "d":
        name = _DAYS[moment.weekday()]
        return f"{moment.day:0{width}d}" if len(code) < 3 else name[:3] if len(code) == 3 else name
    if code[0] == "h":
        return f"{(moment.hour + 11) % 12 + 1 if half_days else moment.hour:0{width}d}"
    if code[0] == "s":
        return f"{moment.second:0{width}d}"
    return moment.strftime("%p") if code in {"am/pm", "a/p"} else ""
