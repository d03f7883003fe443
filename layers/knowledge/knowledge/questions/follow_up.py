"""Questions that only make sense after an earlier one, and what they ask in full.

    earlier                                    follow-up                       in full
    Was fordert ORP.4.A8?                      und A5?                         Was fordert ORP.4.A5?
    Was fordert ISO 27001 zu Passwörtern?      und C5?                         Was fordert C5 zu Passwörtern?
    Was fordert ORP.4.A8?                      Wer ist dafür verantwortlich?   Wer ist für ORP.4.A8 verantwortlich?
    How often must rights be reviewed?         what about contractors?         How often must rights be reviewed –
                                                                               what about contractors?

A question is taken to stand alone unless its words show that it does not: changing one that does would do more harm
than leaving one that does not. What cannot be put in place of something is put behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grammar.control_ids import control_key, display_id, module_of
from grammar.duties import ENGLISH_MODAL_VERBS, GERMAN_MODAL_VERBS, GERMAN_VERBS_OF_DUTY
from grammar.typed_ids import find_typed_control_ids
from knowledge.entities.recognition import question_entities
from knowledge.questions.reading import keywords
from knowledge.records import EarlierQuestion, QuestionEntity
from knowledge.taxonomy import EntityType

#: What is looked back at, at most.
MOST_TURNS, MOST_CHARACTERS = 6, 4_000
#: Of the earlier question, what is repeated in the full one.
_MOST_REPEATED = 500
#: A fragment has no more words than this.
_MOST_WORDS = 7
#: A longer question says by itself what it is about.
_MOST_WORDS_WITH_PRONOUN = 14

_ENGLISH_MODAL_VERBS = "|".join(ENGLISH_MODAL_VERBS)
_GERMAN_VERBS_OF_DUTY = "|".join(GERMAN_VERBS_OF_DUTY)
_MODAL_VERBS = "|".join((*GERMAN_MODAL_VERBS, *ENGLISH_MODAL_VERBS))

_OPENER = re.compile(r"(?:(?:und|and|oder|or|aber|but|also|ok|okay|gut)\b[,\s]*)+", re.IGNORECASE)
_WHAT_ABOUT = re.compile(
    r"(?:(?:was|wie)\s+(?:ist|wäre)\s+(?:es\s+)?(?:denn\s+)?(?:mit|bei)|wie\s+(?:sieht|schaut)\s+(?:es|das)\s+(?:denn\s+)?"
    r"(?:mit|bei|für|in)|wie\s+steht\s+es\s+(?:um|mit)|(?:what|how)\s+about|what\s+if\s+it\s+is|same\s+(?:for|with)"
    r"|gilt\s+(?:das|dies|dasselbe|das\s+gleiche)\s+(?:auch|ebenso|ebenfalls)?\s*(?:für|bei|in))\s+(?P<topic>[^?!]+?)"
    r"(?:\s+aus)?\s*[?!.]*",
    re.IGNORECASE,
)
#: "Was ist mit Verfügbarkeit gemeint", "Was ist mit alten Platten zu tun" ask in full.
_ASKS_IN_FULL = re.compile(
    r"\b(?:gemeint|bezeichnet|verstanden|passiert|möglich|vereinbar|erreicht|meant|zu\s+[a-zäöü]+n|[a-zäöü]+zu[a-zäöü]+en)$"
    r"|[,:;]",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"(?P<preposition>für|bei|beim|in|im|mit|nach|laut|gemäß|von|vom|zu|zum|zur|gegenüber|unter|ohne|außerhalb|innerhalb"
    r"|for|with|in|at|on|by|under|without|outside|inside|during|according\s+to)\s+(?P<topic>\S.*)",
    re.IGNORECASE,
)
#: A clause has one; what has none is a fragment.
_VERB = re.compile(
    rf"\b(?:ist|sind|war|waren|wird|werden|wurden?|{_MODAL_VERBS}|könnten?|hat"
    r"|haben|gilt|gelten|gibt|geben|fordert|fordern|verlangt|verlangen|braucht?|brauchen|benötigt|benötigen|steht|stehen"
    r"|bedeutet|heißt|passiert|geschieht|happens|kannst|könntest|regelt|regeln|schreibt|nennt|sagt|sagen|macht|machen|tut|tun|mache|erkläre?|erklär|nenne|zeige?|zeig"
    r"|beschreibe?|vergleiche|liste|fasse?|finde|unterscheidet|unterscheiden|entspricht|deckt|passt|lautet|läuft|geht|gehört"
    r"|is|are|was|were|do|does|did|might|could|will|would|has|have|had|needs?|requires?"
    r"|applies|apply|says?|means?|explain|list|name|show|describe|compare|tell|give|define|summari[sz]e|differs?|covers?)\b",
    re.IGNORECASE,
)
_ASKS_WHICH = re.compile(r"\b(?:welche[rsnm]?|which|what|was|wer|who|wem|wen|whom|whose|wessen)\b", re.IGNORECASE)
#: Question words alone, or a request to say more, of whatever was spoken of.
_BARE = re.compile(
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
_PARTIAL_ID = re.compile(
    r"(?:(?:auch|also|the|die|der|das)\s+)?(?P<item>A[ .]?\d{1,3})(?:\s+(?:auch|too|also|dann))?", re.IGNORECASE
)

#: Words that stand for something said before, in a place where no noun follows.
_GERMAN_FOR = {
    "dafür": "für", "hierfür": "für", "davon": "von", "hiervon": "von", "dazu": "zu", "hierzu": "zu", "damit": "mit",
    "hiermit": "mit",
    "dabei": "bei", "hierbei": "bei", "daran": "an", "darin": "in", "daraus": "aus", "dagegen": "gegen",
    "darüber": "über", "darauf": "auf", "dadurch": "durch", "danach": "nach",
}  # fmt: skip
_PRONOMINAL = re.compile(rf"\b(?:{'|'.join(_GERMAN_FOR)})\b(?!.*,)", re.IGNORECASE)
_AFTER_DEMONSTRATIVE = (
    r"(?=\s*(?:[?!.,;]|$)|\s+(?:auch|ebenso|ebenfalls|für|bei|in|im|mit|von|vom|nach|laut|gemäß|auf|zu|zum|zur|so|denn|genau|konkret"
    r"|eigentlich|nur|noch|immer|schon|nicht|alles|sein|werden|um|durch|umsetzen|prüfen|machen|verpflichtend|vorgeschrieben"
    r"|genauer|näher|ausführlicher|bitte|mal|kurz|zusammen|erklären|bedeuten"
    r"|erlaubt|verboten|notwendig|nötig|erforderlich|zwingend|zulässig|dort|intern|technisch|praktisch|regelmäßig"
    r"|\w+t\s(?:werden|sein|worden|wird))\b)"
)
_GERMAN_DEMONSTRATIVE = re.compile(rf"\b(?:das|dies|dieses)\b{_AFTER_DEMONSTRATIVE}", re.IGNORECASE)
#: "Wie wird das umgesetzt", "Wer muss das freigeben": only a verb follows. Nouns have a capital, or stand elsewhere.
_GERMAN_OBJECT = re.compile(
    rf"\b(?i:wird|wurde|ist|kann|{_GERMAN_VERBS_OF_DUTY})\s+(?P<pronoun>das|dies)(?=\s[a-zäöü]+(?:t|en)$)"
)
_GERMAN_PERSONAL = re.compile(
    rf"\b(?i:{_GERMAN_VERBS_OF_DUTY}|werden|wird|sind|ist|gelten|gilt|kann)\s+(?P<pronoun>sie|er|es)\b"
    r"(?!\s+(?:mir|uns|bitte|um\b|ein|eine|einen|einem|den|dem|die|das|der|möglich|erlaubt|zulässig|notwendig|nötig|verboten|sinnvoll"
    r"|erforderlich|ausreichend|vorgeschrieben|üblich|ratsam|besser|pflicht))(?!.*(?:,|\bzu\s+\w+en\b|\w+zu\w+en\b))"
)
_ENGLISH_PRONOUN = re.compile(
    rf"\b(?:is|are|was|does|do|did|{_ENGLISH_MODAL_VERBS}|could|will|would|has|have|for|about|of|with|under|by|to|against"
    r"|summari[sz]e|describe|translate|implement|enforce|document|check|verify|test|configure|enable|explain|mean|means|review|approve|owns?|needs?|requires?)"
    r"\s+(?P<pronoun>it|they|them|that|this|these|those)\b(?P<rest>.*)",
)
#: What may follow a pronoun; a noun may not, it would make a determiner of it.
_AFTER_PRONOUN = re.compile(
    r"\s*(?:[?!.,;]|$)|\s+(?:apply|applies|also|too|be|been|have|has|need|needs|work|mean|require|requires|cover|include|say|in|for|on|with"
    r"|at|to|when|only|really|mandatory|required|necessary|optional|allowed|enough|different|relevant|binding|valid|still|always"
    r"|hold|affect|differ|enforced|implemented|reviewed|documented|checked|approved|tested|kept|stored|done|look|matter"
    r"|sufficient|written|stated|defined|described|recommended|exactly|technically|not|concern|happen|help|change|come|go)\b"
)
#: "Is it permitted to copy", "how is it ensured that": the word stands for what follows.
_ANTICIPATES = re.compile(
    r"\bit\s+(?:\w+\s+){0,2}?(?:permitted|allowed|necessary|required|possible|mandatory|ok|okay|recommended|advisable|forbidden"
    r"|prohibited|enough|sufficient|true|acceptable|compulsory|sensible|useful|legal|correct|safe|important|ensured|best|better"
    r"|take|mean|decided|sure)\s+(?:\w+\s+){0,3}?(?:to|that|if|when|whether)\s+\w",
    re.IGNORECASE,
)
_REFERRING_NOUN = re.compile(
    r"\b(?:diese[rsnm]?|jene[rsnm]?|dieselbe[nrsm]?|this|that|these|those|the\s+same)\s+(?P<noun>anforderung|maßnahme|massnahme"
    r"|kontrolle|control|regel|vorgabe|richtlinie|baustein|abschnitt|kapitel|frist|rolle|pflicht|ausnahme|requirement|measure"
    r"|rule|policy|section|chapter|deadline|role|obligation|exception|criteri|kriteri|one\b)",
    re.IGNORECASE,
)
_ONE_OF_THEM = re.compile(
    r"\b(?:(?:which|one|some|all|each|none|any|both)\s+of\s+(?:them|these|those)|the\s+(?:first|second|third|last|other|latter|former)\s+(?:one|two)|ersteres?|letzteres?)\b",
    re.IGNORECASE,
)
#: Behind one of these a pronoun may stand for what is named before it.
_SECOND_CLAUSE = re.compile(
    r"\b(?:and|or|if|when|once|after|before|while|because|und|oder|wenn|falls|sobald|weil|nachdem)\b|[,;:]",
    re.IGNORECASE,
)
_WHOSE_VIEW = frozenset({EntityType.STANDARD, EntityType.ORGANIZATION})
_BLANKS = re.compile(r"\s+")
_ENDS = " \t\n.?!…"


def resolve(question: str, earlier: Sequence[EarlierQuestion]) -> str | None:
    """The question in full, after those asked ``earlier`` (the latest first).

    None for a question that stands alone, and where nothing earlier does. Only the last MOST_TURNS questions, of
    together MOST_CHARACTERS, are looked at.
    """
    before = _standing(earlier)
    if before is None or not depends_on_earlier(question):
        return None
    asked = _BLANKS.sub(" ", question).strip()
    if another := _with_other_id(asked, before):
        return another
    if any(find_typed_control_ids(asked)):
        return None  # "what about NAC-05" after a question that names no control
    return _with_other_topic(asked, before) or _with_pronoun_replaced(asked, before) or _joined(before, asked)


def depends_on_earlier(question: str) -> bool:
    """True if a question only makes sense after another one."""
    asked = _BLANKS.sub(" ", question).strip(_ENDS)
    opener = _OPENER.match(asked)
    rest = asked[opener.end() :] if opener else asked
    if not rest:
        return bool(opener)
    return (
        _BARE.fullmatch(rest) is not None
        or _PARTIAL_ID.fullmatch(rest) is not None
        or _topic_asked_about(rest) is not None
        or _is_fragment(rest, after_opener=opener is not None, asks=question.rstrip().endswith("?"))
        or _refers_back(rest)
    )


def _standing(earlier: Sequence[EarlierQuestion]) -> str | None:
    """The latest question that can be understood by itself."""
    characters = 0
    for turn in earlier[:MOST_TURNS]:
        characters += len(turn.standing)
        if characters > MOST_CHARACTERS:
            return None
        if turn.resolved_question or not depends_on_earlier(turn.question):
            return _BLANKS.sub(" ", turn.standing).strip()
    return None


def _topic_asked_about(rest: str) -> str | None:
    """The contractors of "what about contractors"."""
    match = _WHAT_ABOUT.fullmatch(rest)
    if match is None or _ASKS_IN_FULL.search(match["topic"]) or len(match["topic"].split()) > _MOST_WORDS:
        return None
    return match["topic"]


def _is_fragment(rest: str, *, after_opener: bool, asks: bool) -> bool:
    """ "und für Windows-Server?", "For contractors?": a place or a thing, and nothing that is asked of it."""
    if len(rest.split()) > _MOST_WORDS or _VERB.search(rest) or _ASKS_WHICH.search(rest):
        return False
    if after_opener:
        return True
    return asks and _PREPOSITION.match(rest) is not None


def _refers_back(rest: str) -> bool:
    """True if a word stands for something that is said nowhere in the question."""
    if len(rest.split()) > _MOST_WORDS_WITH_PRONOUN:
        return False
    noun = _REFERRING_NOUN.search(rest)
    if noun and noun["noun"].lower() not in rest[: noun.start()].lower() and not _names(rest[: noun.start()]):
        return True
    return _ONE_OF_THEM.search(rest) is not None or _pronoun(rest) is not None


def _pronoun(rest: str) -> re.Match[str] | None:
    """A pronoun before which nothing is named that it could stand for."""
    for pattern in (_PRONOMINAL, _GERMAN_DEMONSTRATIVE, _GERMAN_OBJECT, _GERMAN_PERSONAL):
        match = pattern.search(rest)
        if match and not _named_before(rest[: match.start()], ends=pattern is _PRONOMINAL and match.end() == len(rest)):
            return match
    english = _ENGLISH_PRONOUN.search(rest[:1].lower() + rest[1:])
    if english is None or not _AFTER_PRONOUN.match(english["rest"]) or _ANTICIPATES.search(rest):
        return None
    ends = not english["rest"].strip(_ENDS)
    return None if _named_before(rest[: english.start()], ends=ends) else english


def _named_before(text: str, *, ends: bool) -> bool:
    """True if a text names what a pronoun behind it stands for; one that ends its question seldom looks back so far."""
    if not ends:
        return _content(text)
    return _SECOND_CLAUSE.search(text) is not None or bool(_things(text))


def _content(text: str) -> bool:
    """True if a text names anything; whose view is asked for ("Was sagt NIST dazu") does not count."""
    views = {word for entity in question_entities(text) if entity.type in _WHOSE_VIEW for word in keywords(entity.text)}
    first = text.split(" ", 1)[0]
    words = [word for word in keywords(text) if word not in views and word != first and not _VERB.fullmatch(word)]
    # Who begins with a capital writes nouns so too.
    return bool(_things(text)) or (any(word[:1].isupper() for word in words) if first[:1].isupper() else bool(words))


def _things(text: str) -> list[QuestionEntity]:
    return [entity for entity in question_entities(text) if entity.type not in _WHOSE_VIEW]


def _names(text: str) -> bool:
    return any(entity.type in (EntityType.CONTROL_ID, EntityType.STANDARD) for entity in question_entities(text))


def _with_other_id(asked: str, before: str) -> str | None:
    """The earlier question about another control: "und A5?", "and NAC-05?"."""
    rest = _without_opening(asked)
    known = list(find_typed_control_ids(before))
    if len(known) != 1:
        return None
    (old,) = known
    partial = _PARTIAL_ID.fullmatch(rest)
    module = module_of(old.key)
    new: str | None
    if partial and module:
        new = f"{module}." + partial["item"].upper().replace(" ", "").replace(".", "")
    else:
        new = next((one.text for one in find_typed_control_ids(rest) if one.text == rest), None)
    return None if new is None else before[: old.start] + new + before[old.end :]


def _with_other_topic(asked: str, before: str) -> str | None:
    """The earlier question about another thing of the same kind: "und für Windows-Server?" after one on Linux."""
    rest = _without_opening(asked)
    preposition = _PREPOSITION.fullmatch(rest)
    topic = preposition["topic"] if preposition else rest
    kinds = [entity.type for entity in question_entities(topic) if _whole_words(entity, topic) == (0, len(topic))]
    if len(kinds) != 1:
        return None
    same = [entity for entity in question_entities(before) if entity.type is kinds[0]]
    if len(same) != 1:
        return None
    start, end = _whole_words(same[0], before) if "-" in topic else (same[0].start, same[0].end)
    return before[:start] + topic + before[end:]


def _with_pronoun_replaced(asked: str, before: str) -> str | None:
    """The question with the control it speaks of, if the earlier one named exactly one."""
    keys = {one.key for one in find_typed_control_ids(before)}
    match = _pronoun(asked.rstrip(_ENDS))
    if len(keys) != 1 or match is None:
        return None
    name = display_id(control_key(keys.pop()))
    group = "pronoun" if "pronoun" in match.re.groupindex else 0
    word = asked[match.start(group) : match.end(group)]
    preposition = _GERMAN_FOR.get(word.lower())
    return asked[: match.start(group)] + (f"{preposition} {name}" if preposition else name) + asked[match.end(group) :]


def _joined(before: str, asked: str) -> str:
    first = asked.split(" ", 1)[0]
    is_a_name = first in keywords(asked) and not _BARE.fullmatch(asked.rstrip(_ENDS))
    said = asked if is_a_name else asked[:1].lower() + asked[1:]
    return f"{before[:_MOST_REPEATED].rstrip(_ENDS)} – {said}"


def _without_opening(asked: str) -> str:
    rest = asked.strip(_ENDS)
    opener = _OPENER.match(rest)
    rest = rest[opener.end() :] if opener else rest
    return _topic_asked_about(rest) or rest


def _whole_words(entity: QuestionEntity, text: str) -> tuple[int, int]:
    """The entity with the rest of a compound that it begins or ends: Linux in Linux-Server."""
    start, end = entity.start, entity.end
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "-"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] == "-"):
        end += 1
    return start, end
