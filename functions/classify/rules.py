"""Evidence for each type of document: a weight, a pattern, and what a match means to a reader."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge.taxonomy import DocumentType


@dataclass(frozen=True, slots=True)
class Rule:
    type: DocumentType
    weight: float
    evidence: re.Pattern[str]
    meaning: str


def _rule(kind: DocumentType, weight: float, pattern: str, meaning: str, *, cased: bool = False) -> Rule:
    return Rule(kind, weight, re.compile(pattern, re.MULTILINE | (0 if cased else re.IGNORECASE)), meaning)


_T = DocumentType
RULES: tuple[Rule, ...] = (
    _rule(_T.BSI_GRUNDSCHUTZ, 3.0, r"IT-Grundschutz|Grundschutz\+\+|Kompendium\b", "names IT-Grundschutz"),
    _rule(_T.BSI_GRUNDSCHUTZ, 2.5, r"\b(?:ISMS|ORP|CON|OPS|DER|APP|SYS|IND|NET|INF)(?:\.\d+)+\.A\d+", "Baustein ids", cased=True),
    _rule(_T.BSI_GRUNDSCHUTZ, 1.0, r"Basis-Anforderungen|Standard-Anforderungen|erhöhtem Schutzbedarf|Gefährdungslage", "Baustein structure"),
    _rule(_T.BSI_GRUNDSCHUTZ, 1.5, r"Sicherheitsniveau: ?(?:normal|erhöht)", "Grundschutz++ structure"),
    _rule(_T.BSI_C5, 4.0, r"Cloud Computing Compliance|\bC5:20\d\d|Kriterienkatalog C5", "names C5"),
    _rule(_T.BSI_C5, 1.0, r"\b(?:Basic|Additional) Criteri(?:on|a)\b|Basiskriterium|Zusatzkriterium|Cloud[ -]Service[ -]Provider", "C5 structure"),
    _rule(_T.ISO_27001, 4.0, r"ISO(?:/IEC)?[ -]?2700[12]\b", "names ISO/IEC 27001"),
    _rule(_T.ISO_27001, 1.5, r"\bA\.[5-8]\.\d{1,2}\b|\bAnnex A\b|Anhang A\b", "Annex A", cased=True),
    _rule(_T.NIST_CSF, 4.0, r"Cybersecurity Framework|\bCSF 2\.0", "names the CSF"),
    _rule(_T.NIST_CSF, 2.0, r"\b(?:GV|ID|PR|DE|RS|RC)\.[A-Z]{2}(?:-\d\d)?\b", "CSF ids", cased=True),
    _rule(_T.NIST_800_53, 4.0, r"(?:SP|Special Publication)\s?800-53", "names SP 800-53"),
    _rule(_T.NIST_800_53, 1.5, r"organization-defined|\[Assignment:|\b(?:AC|AT|AU|CA|CM|CP|IA|IR|MA|MP|PE|PL|PM|PS|PT|RA|SA|SC|SI|SR)-\d{1,2}(?:\(\d+\))?\b", "800-53 controls", cased=True),
    _rule(_T.WHITEPAPER, 3.0, r"white ?paper|\babstract\b|executive summary|\bworking group\b|best practices\b|positionspapier|diskussionspapier|thesenpapier", "whitepaper terms"),
    _rule(_T.WHITEPAPER, 1.0, r"\bcontributors?\b|^[^\w\n]{0,8}authors?\b|\backnowledge?ments?\b|table of contents|\breferences\b", "whitepaper structure"),
    _rule(_T.WHITEPAPER, 1.5, r"\brationale\b|\bwe (?:believe|argue|propose|recommend)\b|\bwir (?:sind (?:davon )?überzeugt|schlagen vor|empfehlen)\b|\b(?:aus )?unserer (?:sicht|ansicht|auffassung)\b|\bhandlungsempfehlung\w*|\bfazit\b", "argues a case"),
    _rule(_T.FAQ, 4.0, r"^[^\w\n]{0,8}[^\n]{0,60}(?:\bFAQs?\b|frequently asked|häufig(?:e|en)? (?:gestellte[n]? )?Fragen)[^\n]{0,40}$", "titled as a FAQ"),
    _rule(_T.FAQ, 1.5, r"^(?:\W{0,4}|Q: |F: |Frage: |\W{0,4}\d+[.)] )?[A-ZÄÖÜ][^\n.?]{8,150}\?\W{0,3}$", "question headings", cased=True),
    _rule(_T.TECHNICAL_DOC, 1.5, r"```|^[ \t]*(?:\$|#) (?:sudo|apt|cd|systemctl|ssh|openssl)\b|\bsudo\b|--[a-z][\w-]+=|/etc/\w+", "commands and paths"),
    _rule(_T.TECHNICAL_DOC, 1.0, r"\b(?:install(?:ation|ieren)?|konfigur\w+|configur\w+|command line|Kommandozeile|plugin|endpoint|https?://localhost)\b", "technical terms"),
    _rule(_T.TECHNICAL_DOC, 1.5, r"\b(?:user stor(?:y|ies)|epics?|akzeptanzkriteri\w+|acceptance criteria|lastenheft|pflichtenheft|schnittstellenbeschreibung|(?:system|software)[- ]?archite(?:ktur|cture)|api reference|release notes)\b", "specification terms"),
    _rule(_T.POLICY, 4.0, r"\A(?:[^\n]*\n){0,4}?[^\n.]{0,80}(?:richtlinie|leitlinie|\bpolicy|\bstandard)\b[^\n.]{0,60}(?:\.\w{2,4})?$", "a policy by its title"),
    _rule(_T.POLICY, 3.0, r"^[^\w\n]{0,8}(?:\d+(?:\.\d+)*\.?\s+)?[^\n.]{0,80}(?:richtlinie|leitlinie|\bpolicy|\bregelung|\bstandard)(?: (?:zu[rm]?|für|of|on|for)\b[^\n.]{0,60})?[^\w\n]{0,8}$", "titled as a policy"),
    _rule(_T.POLICY, 2.0, r"\b(?:die(?:se[rn]?)? (?:\w*richtlinie|\w*leitlinie)|this (?:policy|standard)|company policy)\b", "speaks of itself as a policy"),
    _rule(_T.POLICY, 1.0, r"\bGeltungsbereich\b|\bInkrafttreten\b|tritt in Kraft|\bscope of (?:this|the) (?:policy|standard)|policy owner|document owner|Freigegeben durch|approved by", "policy structure"),
)  # fmt: skip
