"""Things that only look like a control id: AES-256, SP 800-53, Tier-1, Tabelle 3, 2026-11-29, 12.50 EUR."""

from __future__ import annotations

import re

#: Letters before the number of an algorithm, a publication, a vulnerability or something counted: no id begins so.
_NO_FAMILIES = frozenset(
    "AES ASCII BSI CVE CWE COVID DES DIN DSS ECDSA EN FIPS HMAC HTTP IEC IEEE ISO ISBN LDAP MD NIS NIST PKCS RFC RSA"
    " SHA SSH SSL TLS TR UTF WPA BAND CLASS ITEM LAYER LEVEL PART PHASE PORT STEP STUFE TAG TEIL TIER TOP TYP TYPE"
    " ZONE".split()
)
#: What else a line may begin with before a number: protocols and products, chapters and pages, days and amounts.
_NO_LABELS = frozenset(
    "CAT CHF CVSS DNS EUR FTP GMT HTTPS ICMP IKE IP IPSEC IPV KDF LAN LTE MEZ MIME OAUTH PCI PSK RAID RJ SAML SMB SMTP"
    " SNMP TCP TKIP TLP TPM UDP USB USD UTC VLAN WEP WLAN XML CEST CET"
    " ABB ABBILDUNG ABS ABSATZ ABSCHNITT ANHANG ANLAGE ANNEX ANTWORT APPENDIX BEISPIEL BILD BLATT BUCH CHAPTER DAY"
    " EXAMPLE FALL FIG FIGURE FOLIE FRAGE FUSSNOTE GRUPPE HINWEIS JAHR KAP KAPITEL KLASSE LISTE MONAT MONTH NOTE OPTION"
    " PAGE PARAGRAPH PUNKT QUARTAL QUESTION RELEASE SCHRITT SECTION SEITE SLIDE SPALTE TAB TABELLE TABLE UHR VARIANTE"
    " VERSION VOLUME WEEK WOCHE YEAR ZEILE"
    " JANUAR FEBRUAR MÄRZ APRIL MAI JUNI JULI AUGUST SEPTEMBER OKTOBER NOVEMBER DEZEMBER JANUARY FEBRUARY MARCH MAY"
    " JUNE JULY OCTOBER DECEMBER JAN FEB MRZ APR JUN JUL AUG SEP SEPT OKT OCT NOV DEZ DEC"
    " ANDROID CENTOS DEBIAN EXCHANGE FEDORA IOS JAVA MACOS OFFICE ORACLE PHP PYTHON RHEL SERVER UBUNTU WINDOWS".split()
)
_LEADING_ZERO = re.compile(r"-0\d$")
_LETTERS = re.compile(r"[A-ZÄÖÜ]+")
_COBIT = re.compile(r"DSS\d{2}\.\d{1,2}")
#: Amounts, dates, times and telephone numbers by what stands behind a bare number.
_UNIT = re.compile(
    r"\s*(?:€|%|‰|EUR\b|Euro\b|USD\b|\$|CHF\b|Uhr\b|Prozent\b|percent\b|[kMGT]?B(?:yte|it)?s?\b|[kMG]Hz\b|cm\b|mm\b|km\b|kg\b"
    r"|Stunden?\b|Minuten?\b|Tagen?\b|Wochen?\b|Monaten?\b|Jahren?\b|hours?\b|days?\b|weeks?\b|months?\b|years?\b)"
)
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{2}|\d{4})")


def names_something_else(written: str) -> bool:
    """True if what looks like an id names an algorithm, a publication or something counted: AES-256, SP 800, Tier-1."""
    upper = written.upper()
    family = _LETTERS.match(upper)
    if family is None:
        return False
    if family[0] == "SP":  # SP 800-53 is a publication, SP-01 a criterion of the C5
        return _LEADING_ZERO.search(written) is None
    return family[0] in _NO_FAMILIES and _COBIT.fullmatch(upper) is None


def counts_something_else(label: str) -> bool:
    """True if a line that begins so counts tables, steps or pages, or names a product: Tabelle 3, Abb. 4.2, TCP/22.

    A dot between letters and numbers makes an id of most names: WLAN.1.1.
    """
    if names_something_else(label):
        return True
    upper = label.upper()
    word = _LETTERS.match(upper)
    return word is not None and word[0] in _NO_LABELS and not re.match(r"\.\d", upper[word.end() :])


def is_amount_or_date(number: str, behind: str) -> bool:
    """True if a bare number is a date, or with the text behind it an amount: 01.03.24, 12.50 EUR."""
    return _DATE.fullmatch(number) is not None or _UNIT.match(behind) is not None
