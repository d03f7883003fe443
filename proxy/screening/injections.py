"""Finds sentences that try to steer the model instead of asking it something, in German and English, by patterns.

Patterns find open orders; an order in other words, or encoded, passes. This module only finds them: `request_screening`
and the stages decide what follows. Categories: direct_override, prompt_leak, jailbreak_persona, false_authority,
exfiltration, command.
"""

from __future__ import annotations

import re
import unicodedata

from grammar.duties import ENGLISH_VERBS_OF_DEMAND, GERMAN_VERBS_OF_DEMAND

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")

_PRIOR_EN = (
    r"(?:(?:all|any|every|the|your|these|those|my|previous|prior|above|earlier|preceding|original|initial"
    r"|system|given|existing|current)\s+){0,4}"
)
_RULES_EN = r"(?:instructions?|rules?|prompts?|guidelines?|directions?|restrictions?|directives?|guardrails?)"
_PRIOR_DE = (
    r"(?:(?:alle[nrs]?|sämtliche[nr]?|jede|die|deine[nr]?|diese[nr]?|ihre[nr]?|bisherigen?|vorherigen?"
    r"|vorigen?|obigen?|früheren?|ursprünglichen?|gegebenen?)\s+){0,4}"
)
_RULES_DE = (
    r"(?:anweisung(?:en)?|instruktion(?:en)?|vorgaben?|regeln?|befehle?|richtlinien für dich"
    r"|einschränkungen|prompts?|systemvorgaben?)"
)
_HIDDEN_EN = r"(?:system|hidden|initial|secret|internal|developer)[\s-]*(?:prompts?|messages?|instructions?)"
_HIDDEN_DE = (
    r"(?:(?:system|entwickler)-?\s?(?:prompts?|nachricht(?:en)?|anweisung(?:en)?|vorgaben?)|"
    r"(?:versteckten?|geheimen?|internen?)\s+(?:prompts?|anweisung(?:en)?|vorgaben?))"
)
_DEMANDS_EN, _DEMANDS_DE = "|".join(ENGLISH_VERBS_OF_DEMAND), "|".join(GERMAN_VERBS_OF_DEMAND)
_SHOW_EN = r"(?:show|print|output|reveal|repeat|tell|give|display|quote|disclose|leak|write|dump|recite)"
_SHOW_DE = (
    r"(?:zeige?n?|gib|gebt|geben|nenne?n?|verrate?n?|wiederhole?n?|drucke?n?|schreibe?n?|zitiere?n?"
    r"|offenbare?n?|lege?)"
)
_UNBOUND_EN = (
    r"(?:without|free (?:of|from)|no)\s+(?:any\s+|all\s+)?(?:restrictions?|rules?|limits?|limitations?"
    r"|filters?|guidelines?|censorship)"
)
_UNBOUND_DE = (
    r"(?:ohne|frei von)\s+(?:jede[rn]?\s+|jegliche[rn]?\s+|alle[rn]?\s+)?(?:einschränkung(?:en)?|regeln?"
    r"|grenzen?|filter|beschränkung(?:en)?|zensur)"
)
_OTHERS_EN = (
    r"(?:other|another|different|all|every)\s+(?:customer|client|tenant|organi[sz]ation|compan(?:y|ie)"
    r"|user|team)(?:s|'s|s')?"
)
_OTHERS_DE = (
    r"(?:andere[nrs]?|fremde[nrs]?|alle[rn]?)\s+(?:kunde[n]?|mandanten?|organisation(?:en)?|firm(?:a|en)"
    r"|unternehmen|nutzer[ns]?|benutzer[ns]?|teams?)"
)

_PATTERNS = {
    "direct_override": (
        rf"\b(?:ignor(?:e|ing)|disregard|forget|override|bypass|overrule|discard)\s+{_PRIOR_EN}{_RULES_EN}",
        r"\b(?:ignore|disregard|forget)\s+(?:everything|all|anything)\s+(?:above|before|you (?:were"
        r"|have been) told|said)",
        rf"\b(?:ignorier(?:e|en|t)?|missachte|vergiss|vergesst|umgehe?|überschreibe?|verwirf"
        rf"|übergehe?)\s+(?:bitte\s+|ab sofort\s+|jetzt\s+)?{_PRIOR_DE}{_RULES_DE}",
        r"\b(?:ignoriere?|vergiss)\s+(?:bitte\s+)?alles[,\s]+(?:was\s+)?(?:bisher|zuvor|oben|davor|vorher|man dir)",
        r"\b(?:your|deine)\s+(?:new|neue)\s+(?:instructions?|task|role|anweisung(?:en)?|aufgabe"
        r"|rolle)\s+(?:is|are|ist|sind|lautet|lauten)\b",
    ),
    "prompt_leak": (
        rf"\b{_SHOW_EN}\b[^.?!\n]{{0,60}}\b{_HIDDEN_EN}",
        rf"\b{_SHOW_EN}\b[^.?!\n]{{0,20}}\byour\s+(?:instructions|prompt|rules|guidelines)\b",
        rf"\b{_SHOW_DE}\b[^.?!\n]{{0,60}}(?:\b|(?<=\s)){_HIDDEN_DE}",
        r"\bwhat (?:is|are|does|were) (?:in )?your (?:system |hidden |initial |original )(?:prompt"
        r"|message|instructions)",
        r"\bwie (?:lautet|lauten|heißt) (?:dein|deine) (?:system\w*|prompt|anweisungen|vorgaben)",
    ),
    "jailbreak_persona": (
        rf"\b(?:you are|you're|act as|pretend|imagine|behave|respond as|play)\b[^.?!\n]{{0,60}}\b{_UNBOUND_EN}",
        rf"\b(?:du bist|tu so|stell dir vor|spiele?|verhalte|handle|antworte"
        rf"|benimm)\b[^.?!\n]{{0,60}}\b{_UNBOUND_DE}",
        r"\b(?:DAN mode|do anything now|(?:enter|enable|activate|switch to) (?:developer|god|uncensored) mode)\b",
        r"\bhypothetic\w*\b[^.?!\n]{0,60}\b(?:you had no|without your|your (?:rules|restrictions))\b",
    ),
    "false_authority": (
        r"^\s*(?:\[?(?:system|admin|administrator|developer|entwickler)\]?\s*(?:message|note|override"
        r"|nachricht)?\s*[:>\]])",
        r"\b(?:as|i am|i'm|this is)\s+(?:your|the|an?)\s+(?:developer|administrator|admin|creator"
        r"|operator)\b[^.?!\n]{0,80}\b(?:you|disable|unlock|grant|allow)\b",
        r"\b(?:als|ich bin)\s+(?:dein|der|ein)e?\s*(?:entwickler|administrator|admin|betreiber)"
        r"(?:in)?\b[^.?!\n]{0,80}\b(?:du|dir|dich|deaktiviere|erlaube)\b",
        r"\b(?:ai|llm|language)[ -](?:assistants?|models?|systems?)\b[^.?!\n]{0,60}\b(?:reading"
        rf"|processing|summari[sz]ing)\b[^.?!\n]{{0,60}}\b(?:{_DEMANDS_EN}|have to|need to)\b",
        r"\b(?:ki|ki-\w+|sprachmodell\w*|assistent\w*)\b[^.?!\n]{0,60}\b(?:liest|lesen|verarbeitet"
        rf"|verarbeiten|zusammenfasst)\b[^.?!\n]{{0,60}}\b(?:{_DEMANDS_DE})\b",
        r"\b(?:decode|entschlüssele?|dekodiere?)\b[^.?!\n]{0,60}\b(?:follow|execute|obey|befolge?|folge|führe)\b",
    ),
    "exfiltration": (
        rf"\b(?:{_SHOW_EN}|list|send|export|read|access|fetch|get)\b[^.?!\n]{{0,60}}\b(?:of|from"
        rf"|belonging to|for)\s+(?:the\s+)?{_OTHERS_EN}",
        rf"\b(?:{_SHOW_DE}|liste|sende|schicke?|exportiere?|lies|hole?)\b[^.?!\n]{{0,60}}\b(?:der|von"
        rf"|aus|des)\s+(?:den\s+|dem\s+)?{_OTHERS_DE}",
        r"\b(?:show|print|send|give|reveal|output)\b[^.?!\n]{0,40}\b(?:api[ -]?keys?|access tokens?"
        r"|passwords? of|database passwords?|environment variables)\b",
        r"\b(?:zeige?|gib|sende|schicke?|nenne|verrate)\b[^.?!\n]{0,40}\b(?:api-?schlüssel"
        r"|zugangsdaten|datenbankpasswort|umgebungsvariablen)\b",
        r"!\[[^\]]*\]\(https?://[^)\s]*\?[^)]*(?:\{|=\s*<|data=|q=)",
    ),
    "command": (
        r"\b(?:execute|run|invoke)\b[^.?!\n]{0,20}\b(?:shell|bash|system|terminal|sql"
        r"|python)\b[^.?!\n]{0,15}\b(?:command|code|query|statement|script)?",
        r"\b(?:führe?|starte)\b[^.?!\n]{0,30}\b(?:shell|bash|system|terminal|sql)[ -]?(?:befehl"
        r"|kommando|code|abfrage|skript)\w*",
        r"\brm -rf /|/etc/(?:passwd|shadow)|;\s*drop\s+table\b|\bunion\s+(?:all\s+)?select\b",
        r"<\|(?:im_start|im_end|system|endoftext)\|>|\[/?INST\]|<<SYS>>|^\s*#{2,}\s*(?:system|instruction)\s*:?\s*$",
    ),
}
_COMPILED = {
    category: re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE | re.MULTILINE)
    for category, patterns in _PATTERNS.items()
}


def looks_like_injection(text: str) -> str | None:
    """Return the category of the first pattern that matches, or None.

    Invisible characters are removed first, and look-alike forms replaced (NFKC).
    """
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return next((category for category, pattern in _COMPILED.items() if pattern.search(plain)), None)
