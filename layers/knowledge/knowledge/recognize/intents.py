"""What a question is after, by pattern.

A question that asks to compare is a comparison and one that asks how to build something is about building it, even
if it names a control; any other question that names a control is about that control. Where several kinds of words
meet, the most telling kind decides: comparing, advice, building, obligation.
"""

from __future__ import annotations

import re

from knowledge.recognize.control_ids import find_typed_control_ids
from knowledge.recognize.language import detect_language
from knowledge.records import Analysis, ControlMention
from knowledge.taxonomy import Intent, Language


# Every pattern but _TASK is matched against the question in lower case: half the time of re.IGNORECASE.
def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(alternatives)})(?!\w)")


_COMPARISON = _words(
    r"unterschied\w*|unterscheide\w*|vergleich\w*|verglichen|gegenüber(?:stell\w*|zu\s?stellen|gestellt)",
    r"entspr(?:icht|echen)|zuord(?:nen|nung)\w*|zugeordnet|abbilden|überschneid\w+|deckungsgleich",
    r"(?:passt|passen|verhält\s+sich|verhalten\s+sich)(?=\b.*\bzu\b)|im\s+(?:vergleich|verhältnis|gegensatz)",
    r"(?:dasselbe|das\s+gleiche)\s+wie",
    r"compar\w+|differ(?:s|ences?|ent\s+from)?|versus|vs\.?|map(?:s|ped|pings?)?|equivalents?|equals?|correspond\w*",
    r"crosswalk|overlap\w*|match(?:es)?|same\s+as|relates?(?=\b.*\bto\b)|counterparts?",
)
_ADVICE = _words(
    r"best[\s-]?practices?|good\s+(?:way|practices?|approach)|best\s+way|recommend\w*|advice|advis(?:e|able)|guidance|tips?",
    r"how\s+should\s+(?:\w+\s+){1,3}(?:start|begin|approach|plan|organi[sz]e|handle)|should\s+(?:i|we|one)|first\s+steps",
    r"empf(?:iehl|ehl|ohl)\w*|bewährt\w*|tipps?|ratschl\w*|ratsam|sinnvoll\w*|am\s+besten|beste[rn]?\s+(?:weg|art|vorgehen\w*)",
    r"(?:wie\s+)?sollten?\s+(?:man|ich|wir)|(?:ist|sind)\b.*\bzu\s+(?:beachten|berücksichtigen|bedenken)|erste[nr]?\s+schritte?",
)
#: Asks how something is done.
_HOW_TO = re.compile(
    r"\b(?:wie\s+(?:(?!muss\b|müssen\b|oft\b|lange\b|viele?\b)\w+\s+(?:ich|wir)|(?:lässt|lassen)\s+sich)\b"
    r"|how\s+(?:(?:do|can|could|would)\s+(?:i|we|you|one)|to)\b|(?:wie|how)\s*\?$)"
    r"|^(?:please\s+)?(?:configure|implement|install|set\s?up|enable|disable|harden|deploy|automate|renew|rotate|restrict|block"
    r"|encrypt|generate|store|send|forward|integrate|create|add|remove|revoke|restore|back\s?up|monitor|secure|protect"
    r"|collect|scan)\b(?!.*\?)"
)
_OBLIGATION = _words(
    r"muss|muß|müssen|müsste\w*|soll|sollen|sollte|sollten|darf|dürfen|pflicht\w*|\w*verpflicht\w*|vorgeschrieben\w*|vorgab\w*",
    r"\w*anforderung\w*|forder[nt]\w*|gefordert\w*|verlang\w*|nachweis\w*|braucht?|brauchen|benötig\w*|erforderlich\w*",
    r"notwendig\w*|nötig\w*|erlaubt|zulässig\w*|verboten\w*|untersagt|zuständig\w*|verantwort\w*|wie\s+(?:oft|lange|schnell|häufig)",
    r"must|shall|should|requir\w+|mandat\w+|oblig\w+|demands?|demanded|compl(?:y|ies|iance|iant)|allowed|permitted|prohibited|forbidden",
    r"need(?:s|ed)?|ha(?:ve|s)\s+to|dut(?:y|ies)|necessary|responsib\w+|how\s+(?:often|long|soon|quickly)|may",
)
#: Names the work of building without asking how.
_BUILDING = _words(
    r"konfigur\w+|implementier\w+|install\w+|aktivier\w+|deaktivier\w+|umsetz\w+|umgesetzt|umzusetzen|ein(?:zu)?richt\w+",
    r"härt(?:en|ung)|ab(?:zu)?sicher(?:n|ung)|automatisier\w+",
    r"configur\w+|implement\w*|setup|enabling|disabling|harden\w*|deploy\w*|troubleshoot\w*",
)
#: A German request without a question word: its infinitive ends it.
_TASK = re.compile(
    r"^(?!.*(?:\?|\b(?i:was|wer|wie|wann|warum|welche[rsnm]?|what|who|which|how|when|why|is|are|the|of)\b))(?=\S+\s+\S+\s+\S)"
    r".*\s(?!(?:erklären|beschreiben|zeigen|nennen|lesen|zitieren)\b)[a-zäöüß]+(?:en|ern|eln)\s*[.!]?$"
)
_FRAMEWORK = re.compile(
    r"\b(?:(?P<grundschutz>grundschutz(?![\w+])|kompendium)|(?P<grundschutzpp>grundschutz\+\+)|(?P<c5>c5\b)"
    r"|(?P<iso>iso\b|2700[12]\b|annex\s+a\b)|(?P<csf>csf\b|cybersecurity\s+framework)|(?P<sp80053>800-53\b)"
    r"|(?P<nis2>nis\s?-?2\b)|(?P<gdpr>dsgvo\b|gdpr\b)|(?P<soc2>soc\s?2\b)|(?P<tisax>tisax\b))"
)
#: In order of how telling a match is; the first that matches decides.
_BY_TELLING: tuple[tuple[Intent, float, re.Pattern[str]], ...] = (
    (Intent.MAPPING_COMPARISON, 0.9, _COMPARISON),
    (Intent.BEST_PRACTICE, 0.8, _ADVICE),
    (Intent.TECHNICAL_IMPLEMENTATION, 0.75, _HOW_TO),
    (Intent.COMPLIANCE_REQUIREMENT, 0.75, _OBLIGATION),
    (Intent.TECHNICAL_IMPLEMENTATION, 0.6, _BUILDING),
)
#: What a question may be after although it names a control.
_BEYOND_A_CONTROL = (_COMPARISON, _HOW_TO)


def analyze(question: str, language: Language | None = None) -> Analysis:
    """The question's language, its intent and the controls it names."""
    mentions = {found.key: ControlMention(text=found.text, key=found.key) for found in find_typed_control_ids(question)}
    intent, confidence = _intent(question.strip(), names_control=bool(mentions))
    return Analysis(
        language=language or detect_language(question),
        intent=intent,
        confidence=confidence,
        controls=tuple(mentions.values()),
    )


def _intent(question: str, *, names_control: bool) -> tuple[Intent, float]:
    lowered = question.lower()
    if len({named.lastgroup for named in _FRAMEWORK.finditer(lowered)}) > 1:
        return Intent.MAPPING_COMPARISON, 0.7
    if names_control and not any(pattern.search(lowered) for pattern in _BEYOND_A_CONTROL):
        return Intent.SPECIFIC_CONTROL, 0.95
    for intent, confidence, pattern in _BY_TELLING:
        if pattern.search(lowered):
            return intent, confidence
    if _TASK.search(question):
        return Intent.TECHNICAL_IMPLEMENTATION, 0.6
    return Intent.GENERAL_INFORMATION, 0.5
