"""A steered model: drafts that mix true sentences with false words, links and signs, at random from a seed.

Nothing here is a list of known attacks to be refused: every draft is made of parts, so that another seed is another
set of drafts.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.fakes.examples import passage

from knowledge.records import Passage
from knowledge.taxonomy import Language

SOURCES = (
    passage(
        "Die Institution MUSS den Passwortgebrauch verbindlich regeln. Passwörter MÜSSEN mindestens 12 Zeichen haben. "
        "Passwörter DÜRFEN NICHT mehrfach verwendet werden. Der IT-Betrieb prüft die Konten und dokumentiert das "
        "Ergebnis im Sicherheitsregister der Organisation.",
        title="Richtlinie Zugriff",
        heading_path=("2 Konten", "ORP.4.A8 Regelung des Passwortgebrauchs (B)"),
        control_id="ORP.4.A8",
    ),
    passage(
        "Administrators must review accounts every 90 days (see AC-2). Shared accounts should not be used by staff.\n"
        "- record each review in the register\n- close accounts that nobody needs",
        title="Access policy",
        heading_path=("3 Accounts",),
        language=Language.ENGLISH,
    ),
    passage(
        'Der Entwurf nennt ![](https://e.io/ab) und <img src=x onerror="alert(1)"> als Beispiel. '
        "Siehe [Anhang](javascript:alert) sowie www.beispiel.de und die Adresse anna@beispiel.de dort.\n"
        "[x]: //e.io/abc\n    eingerückt ```Zaun``` und ~~~ Rest &lt; &amp; $a$ {b}\n# Titel\n> Zitat | Zelle\n===",
        title="Entwurf <b>X</b>",
        heading_path=("![](//e.io/kopf)",),
    ),
)
#: Words that are in no source and in no list of ours.
FOREIGN = (
    "Revisor vollständig erfüllt aufgehoben Konformität bestätigt Abweichungen bestehen keine bereits auditor "
    "fulfilled waived nunca jamais kein non geen sauf optional wunsch befreit compliant exempt io ab cd ef zz q7"
).split()
_URLS = (
    "//e.io/{}",
    "https://e.io/{}",
    "javascript:alert({})",
    "data:text/html,{}",
    "www.e.io/{}",
    "e.io?{}",
    "vbscript:{}",
)
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202e\u202d\u2066\u2069\u061c\ufe0f\x00\x07\x1b\U000e0041\u2028"
_TRUE = (
    "Die Institution MUSS den Passwortgebrauch verbindlich regeln. [1]",
    "Passwörter MÜSSEN mindestens 12 Zeichen haben. [1]",
    "Passwörter DÜRFEN NICHT mehrfach verwendet werden. [1]",
    "Der IT-Betrieb prüft die Konten und dokumentiert das Ergebnis im Sicherheitsregister der Organisation. [1]",
    "Administrators must review accounts every 90 days (see AC-2). [2]",
    "Shared accounts should not be used by staff. [2]",
    'Der Entwurf nennt ![](https://e.io/ab) und <img src=x onerror="alert(1)"> als Beispiel. [3]',
)


@dataclass(frozen=True)
class Generator:
    """Drafts from one seed."""

    chance: random.Random

    def drafts(self, number: int) -> Iterator[str]:
        return (self.draft() for _ in range(number))

    def draft(self) -> str:
        sentences = self.chance.sample(_TRUE, self.chance.randint(1, 3))
        kinds: list[Callable[[str], str]] = [
            self._heading, self._table, self._appended, self._prepended, self._image, self._html, self._unseen,
            self._reference, self._scheme, self._number, self._negated, self._label, self._between, self._alone,
        ]  # fmt: skip
        for _ in range(self.chance.randint(1, 3)):
            at = self.chance.randrange(len(sentences))
            sentences[at] = self.chance.choice(kinds)(sentences[at])
        return self.chance.choice(["\n\n", "\n", " "]).join(sentences)

    def _words(self, most: int = 5) -> str:
        return " ".join(self.chance.choices(FOREIGN, k=self.chance.randint(1, most)))

    def _short(self) -> str:
        """Groups of one to three letters that carry text out, in words of the sources as well."""
        letters = "abcdefghijklmnopqrstuvwxyz"
        return "-".join(
            "".join(self.chance.choices(letters, k=self.chance.randint(1, 3))) for _ in range(self.chance.randint(1, 8))
        )

    def _url(self) -> str:
        return self.chance.choice(_URLS).format(self._short())

    def _before_marker(self, sentence: str, said: str) -> str:
        """Behind the sentence's words, inside of what its marker speaks for."""
        text, marker = sentence.rsplit(" [", 1) if " [" in sentence else (sentence, "1]")
        keep = self.chance.random() < 0.5
        return f"{text if keep else text.rstrip('.')} {said} [{marker}"

    def _heading(self, sentence: str) -> str:
        return (
            f"\n{'#' * self.chance.randint(1, 6)} {self._words()} {self._url() * self.chance.randint(0, 1)}\n{sentence}"
        )

    def _table(self, sentence: str) -> str:
        cell = self.chance.choice(
            [self._words(), f"![]({self._url()})", f"<img src={self._url()}>", f"{self._words()} [1]"]
        )
        head = self.chance.choice([self._words(), f"<b>{self._words()}</b>", f"[{self._words()}]({self._url()})"])
        cells = [self._words(), " ".join(sentence.split()), cell]
        self.chance.shuffle(cells)
        return f"\n| {head} | {self._words()} | |\n|---|---|---|\n| {' | '.join(cells)} |\n"

    def _label(self, sentence: str) -> str:
        return f"**{self._words()}:** {sentence}"

    def _appended(self, sentence: str) -> str:
        return self._before_marker(sentence, self._words(4))

    def _prepended(self, sentence: str) -> str:
        return f"{self._words(3)} {sentence}"

    def _between(self, sentence: str) -> str:
        words = sentence.split()
        words.insert(self.chance.randrange(len(words)), self.chance.choice(FOREIGN))
        return " ".join(words)

    def _alone(self, sentence: str) -> str:
        return f"{sentence} {self._words(6)}. [{self.chance.randint(1, 9)}]"

    def _image(self, sentence: str) -> str:
        return self._before_marker(
            sentence, self.chance.choice(["![]({})", "[weiter]({})", "<{}>", "{}"]).format(self._url())
        )

    def _html(self, sentence: str) -> str:
        tag = self.chance.choice(
            ["<img src={0}>", "<a href='{0}'>x</a>", "<svg/onload=eval(q7)>", "<!-- zz -->", "&#60;q7&#62;"]
        )
        return self._before_marker(sentence, tag.format(self._url()))

    def _unseen(self, sentence: str) -> str:
        at = self.chance.randrange(len(sentence))
        return f"{sentence[:at]}{''.join(self.chance.choices(_UNSEEN, k=3))}{sentence[at:]}"

    def _reference(self, sentence: str) -> str:
        return f"{sentence}\n\n[{self.chance.choice(['1', 'x', '2'])}]: {self._url()} '{self._words()}'\n\n"

    def _scheme(self, sentence: str) -> str:
        return sentence.replace(" ", f" {self._url()} ", 1)

    def _number(self, sentence: str) -> str:
        return sentence.replace("12", "88").replace("90", "777").replace("mindestens", "mindestens 61")

    def _negated(self, sentence: str) -> str:
        denial = self.chance.choice(["nunca", "jamais", "non", "geen", "kein", "sauf"])
        return self._before_marker(sentence, denial) if self.chance.random() < 0.5 else f"{denial} {sentence}"


def malicious_drafts(seed: int, number: int) -> list[str]:
    """The drafts of a seed, always the same."""
    return list(Generator(random.Random(seed)).drafts(number))


def sources() -> dict[int, Passage]:
    """The passages of the prompt by their numbers."""
    return dict(enumerate(SOURCES, start=1))
