"""The words by which a question shows that it needs an earlier one: openers, pronouns, prepositions, fragments."""

from __future__ import annotations

import re

from grammar.duties import ENGLISH_MODAL_VERBS, GERMAN_MODAL_VERBS, GERMAN_VERBS_OF_DUTY

_ENGLISH_MODAL_VERBS = "|".join(ENGLISH_MODAL_VERBS)
_GERMAN_VERBS_OF_DUTY = "|".join(GERMAN_VERBS_OF_DUTY)
_MODAL_VERBS = "|".join((*GERMAN_MODAL_VERBS, *ENGLISH_MODAL_VERBS))

OPENER = re.compile(r"(?:(?:und|and|oder|or|aber|but|also|ok|okay|gut)\b[,\s]*)+", re.IGNORECASE)
WHAT_ABOUT = re.compile(
    r"(?:(?:was|wie)\s+(?:ist|wäre)\s+(?:es\s+)?(?:denn\s+)?(?:mit|bei)|wie\s+(?:sieht|schaut)\s+(?:es|das)\s+(?:denn\s+)?"
    r"(?:mit|bei|für|in)|wie\s+steht\s+es\s+(?:um|mit)|(?:what|how)\s+about|what\s+if\s+it\s+is|same\s+(?:for|with)"
    r"|gilt\s+(?:das|dies|dasselbe|das\s+gleiche)\s+(?:auch|ebenso|ebenfalls)?\s*(?:für|bei|in))\s+(?P<topic>[^?!]+?)"
    r"(?:\s+aus)?\s*[?!.]*",
    re.IGNORECASE,
)
#: "Was ist mit Verfügbarkeit gemeint", "Was ist mit alten Platten zu tun" ask in full.
ASKS_IN_FULL = re.compile(
    r"\b(?:gemeint|bezeichnet|verstanden|passiert|möglich|vereinbar|erreicht|meant|zu\s+[a-zäöü]+n|[a-zäöü]+zu[a-zäöü]+en)$"
    r"|[,:;]",
    re.IGNORECASE,
)
PREPOSITION = re.compile(
    r"(?P<preposition>für|bei|beim|in|im|mit|nach|laut|gemäß|von|vom|zu|zum|zur|gegenüber|unter|ohne|außerhalb|innerhalb"
    r"|for|with|in|at|on|by|under|without|outside|inside|during|according\s+to)\s+(?P<topic>\S.*)",
    re.IGNORECASE,
)
#: A clause has one; what has none is a fragment.
VERB = re.compile(
    rf"\b(?:ist|sind|war|waren|wird|werden|wurden?|{_MODAL_VERBS}|könnten?|hat"
    r"|haben|gilt|gelten|gibt|geben|fordert|fordern|verlangt|verlangen|braucht?|brauchen|benötigt|benötigen|steht|stehen"
    r"|bedeutet|heißt|passiert|geschieht|happens|kannst|könntest|regelt|regeln|schreibt|nennt|sagt|sagen|macht|machen|tut|tun|mache|erkläre?|erklär|nenne|zeige?|zeig"
    r"|beschreibe?|vergleiche|liste|fasse?|finde|unterscheidet|unterscheiden|entspricht|deckt|passt|lautet|läuft|geht|gehört"
    r"|is|are|was|were|do|does|did|might|could|will|would|has|have|had|needs?|requires?"
    r"|applies|apply|says?|means?|explain|list|name|show|describe|compare|tell|give|define|summari[sz]e|differs?|covers?)\b",
    re.IGNORECASE,
)
ASKS_WHICH = re.compile(r"\b(?:welche[rsnm]?|which|what|was|wer|who|wem|wen|whom|whose|wessen)\b", re.IGNORECASE)
#: Question words alone, or a request to say more, of whatever was spoken of.
BARE = re.compile(
    r"(?:warum|wieso|weshalb|wozu|wie|wer|wann|wo|womit|wodurch|wie\s+(?:oft|lange|häufig|schnell|genau|viele?)|(?:bis|seit|ab)\s+wann"
    r"|von\s+wem|durch\s+wen|für\s+wen|why|how|who|when|where|how\s+(?:often|long|soon|many|much|so)|since\s+when|by\s+(?:when|whom)"
    r"|for\s+whom|which\s+ones?|welche)(?:\s+(?:nicht|not|genau|exactly|denn|eigentlich|konkret|dann|then))*"
    r"|(?:bitte\s+|please\s+)?(?:mehr|noch\s+mehr|more|weitere)(?:\s+(?:dazu|davon|darüber|details?|informationen|infos?|information|bitte|please))*"
    r"|(?:geht\s+es\s+|geht's\s+|bitte\s+)?(?:etwas\s+)?(?:genauer|ausführlicher|kürzer|einfacher|konkreter)(?:\s+bitte)?"
    r"|(?:hast\s+du\s+|haben\s+sie\s+|gibt\s+es\s+|gib\s+mir\s+|nenne\s+(?:mir\s+)?)?(?:dazu\s+|dafür\s+|hierzu\s+)?"
    r"(?:ein\s+|mal\s+ein\s+)?beispiele?(?:\s+(?:dazu|dafür|hierzu|bitte))*"
    r"|(?:can\s+you\s+|could\s+you\s+|please\s+)*(?:give\s+(?:me\s+)?|show\s+(?:me\s+)?)?(?:an?\s+)?examples?(?:\s+please)?"
    r"|tell\s+me\s+more|(?:explain|elaborate)(?:\s+(?:further|more|please))*|go\s+on|weiter"
    r"|(?:was|worin|wo)\s+(?:ist|besteht|liegt)\s+(?:denn\s+)?der\s+unterschied|what\s+is\s+the\s+difference|what's\s+the\s+difference"
    r"|(?:bitte\s+)?(?:auf|in)\s+(?:deutsch|englisch|english|german)(?:\s+(?:bitte|please))?",
    re.IGNORECASE,
)
PARTIAL_ID = re.compile(
    r"(?:(?:auch|also|the|die|der|das)\s+)?(?P<item>A[ .]?\d{1,3})(?:\s+(?:auch|too|also|dann))?", re.IGNORECASE
)

#: Words that refer to something said before, in a place where no noun follows.
GERMAN_FOR = {
    "dafür": "für", "hierfür": "für", "davon": "von", "hiervon": "von", "dazu": "zu", "hierzu": "zu", "damit": "mit",
    "hiermit": "mit",
    "dabei": "bei", "hierbei": "bei", "daran": "an", "darin": "in", "daraus": "aus", "dagegen": "gegen",
    "darüber": "über", "darauf": "auf", "dadurch": "durch", "danach": "nach",
}  # fmt: skip
PRONOMINAL = re.compile(rf"\b(?:{'|'.join(GERMAN_FOR)})\b(?!.*,)", re.IGNORECASE)
AFTER_DEMONSTRATIVE = (
    r"(?=\s*(?:[?!.,;]|$)|\s+(?:auch|ebenso|ebenfalls|für|bei|in|im|mit|von|vom|nach|laut|gemäß|auf|zu|zum|zur|so|denn|genau|konkret"
    r"|eigentlich|nur|noch|immer|schon|nicht|alles|sein|werden|um|durch|umsetzen|prüfen|machen|verpflichtend|vorgeschrieben"
    r"|genauer|näher|ausführlicher|bitte|mal|kurz|zusammen|erklären|bedeuten"
    r"|erlaubt|verboten|notwendig|nötig|erforderlich|zwingend|zulässig|dort|intern|technisch|praktisch|regelmäßig"
    r"|\w+t\s(?:werden|sein|worden|wird))\b)"
)
GERMAN_DEMONSTRATIVE = re.compile(rf"\b(?:das|dies|dieses)\b{AFTER_DEMONSTRATIVE}", re.IGNORECASE)
#: "Wie wird das umgesetzt", "Wer muss das freigeben": only a verb follows. Nouns have a capital, or are elsewhere.
GERMAN_OBJECT = re.compile(
    rf"\b(?i:wird|wurde|ist|kann|{_GERMAN_VERBS_OF_DUTY})\s+(?P<pronoun>das|dies)(?=\s[a-zäöü]+(?:t|en)$)"
)
GERMAN_PERSONAL = re.compile(
    rf"\b(?i:{_GERMAN_VERBS_OF_DUTY}|werden|wird|sind|ist|gelten|gilt|kann)\s+(?P<pronoun>sie|er|es)\b"
    r"(?!\s+(?:mir|uns|bitte|um\b|ein|eine|einen|einem|den|dem|die|das|der|möglich|erlaubt|zulässig|notwendig|nötig|verboten|sinnvoll"
    r"|erforderlich|ausreichend|vorgeschrieben|üblich|ratsam|besser|pflicht))(?!.*(?:,|\bzu\s+\w+en\b|\w+zu\w+en\b))"
)
ENGLISH_PRONOUN = re.compile(
    rf"\b(?:is|are|was|does|do|did|{_ENGLISH_MODAL_VERBS}|could|will|would|has|have|for|about|of|with|under|by|to|against"
    r"|summari[sz]e|describe|translate|implement|enforce|document|check|verify|test|configure|enable|explain|mean|means|review|approve|owns?|needs?|requires?)"
    r"\s+(?P<pronoun>it|they|them|that|this|these|those)\b(?P<rest>.*)",
)
#: What may follow a pronoun; a noun may not, it would make a determiner of it.
AFTER_PRONOUN = re.compile(
    r"\s*(?:[?!.,;]|$)|\s+(?:apply|applies|also|too|be|been|have|has|need|needs|work|mean|require|requires|cover|include|say|in|for|on|with"
    r"|at|to|when|only|really|mandatory|required|necessary|optional|allowed|enough|different|relevant|binding|valid|still|always"
    r"|hold|affect|differ|enforced|implemented|reviewed|documented|checked|approved|tested|kept|stored|done|look|matter"
    r"|sufficient|written|stated|defined|described|recommended|exactly|technically|not|concern|happen|help|change|come|go)\b"
)
#: "Is it permitted to copy", "how is it ensured that": the word refers to what follows.
ANTICIPATES = re.compile(
    r"\bit\s+(?:\w+\s+){0,2}?(?:permitted|allowed|necessary|required|possible|mandatory|ok|okay|recommended|advisable|forbidden"
    r"|prohibited|enough|sufficient|true|acceptable|compulsory|sensible|useful|legal|correct|safe|important|ensured|best|better"
    r"|take|mean|decided|sure)\s+(?:\w+\s+){0,3}?(?:to|that|if|when|whether)\s+\w",
    re.IGNORECASE,
)
REFERRING_NOUN = re.compile(
    r"\b(?:diese[rsnm]?|jene[rsnm]?|dieselbe[nrsm]?|this|that|these|those|the\s+same)\s+(?P<noun>anforderung|maßnahme|massnahme"
    r"|kontrolle|control|regel|vorgabe|richtlinie|baustein|abschnitt|kapitel|frist|rolle|pflicht|ausnahme|requirement|measure"
    r"|rule|policy|section|chapter|deadline|role|obligation|exception|criteri|kriteri|one\b)",
    re.IGNORECASE,
)
ONE_OF_THEM = re.compile(
    r"\b(?:(?:which|one|some|all|each|none|any|both)\s+of\s+(?:them|these|those)|the\s+(?:first|second|third|last|other|latter|former)\s+(?:one|two)|ersteres?|letzteres?)\b",
    re.IGNORECASE,
)
#: Behind one of these a pronoun may refer to what is named before it.
SECOND_CLAUSE = re.compile(
    r"\b(?:and|or|if|when|once|after|before|while|because|und|oder|wenn|falls|sobald|weil|nachdem)\b|[,;:]",
    re.IGNORECASE,
)
