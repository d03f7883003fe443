"""Parts of a running stack that are killed at a chosen moment, and the documents that are under way meanwhile."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

import psutil  # type: ignore[import-untyped]
from docx.document import Document as WordDocument
from tests.embedded import EmbeddedStack
from tests.unit.documents.builders import SimplePdf, word

from wissen.base.progress import Lines
from wissen.stack import gateway, lifecycle, postgres, valkey
from wissen_bench.processor import workers

COMPONENTS = (postgres.NAME, gateway.NAME, valkey.NAME)
#: Seconds a component is gone beside the time it needs to start: long enough to be missed by what runs.
AWAY_S = 1.0
_PAUSE_S = 0.005


@dataclass(frozen=True)
class Sample:
    """A document, and what it is known by in every run."""

    name: str
    data: bytes


class Faults:
    """Kills parts of one stack, by process id, and starts again what does not start by itself."""

    def __init__(self, embedded: EmbeddedStack) -> None:
        self._embedded = embedded

    def strike(self, part: str) -> int:
        """Kill a component, or every worker of a stage; how many processes."""
        return self._kill_component(part) if part in COMPONENTS else self.kill_workers(part)

    def kill_workers(self, stage: str) -> int:
        found = [process for process, function in workers(self._embedded.workspace) if function.endswith(f"-{stage}")]
        return sum(_killed(process) for process in found)

    def _kill_component(self, name: str) -> int:
        _killed(psutil.Process(self._embedded.state.processes[name].pid))
        time.sleep(AWAY_S)
        assert lifecycle.start(name, self._embedded.folder, Lines()), f"{name} was not killed"
        return 1


def _killed(process: psutil.Process) -> bool:
    """Kill a process; False if it was gone. Returns when it has ended, also if its parent has not collected it yet."""
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return moment(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, 10)


def moment(look: Callable[[], bool], patience_s: float) -> bool:
    """Return as soon as it is so; False when it never was."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        if look():
            return True
        time.sleep(_PAUSE_S)
    return False


# ---------------------------------------------------------------- documents

_ROLES = ("Leitstelle", "Revision", "Schichtleitung", "Datenpflege", "Hausverwaltung", "Notrufzentrale")
_OBJECTS = ("Wartungsbuch", "Schlüsselverzeichnis", "Prüfprotokoll", "Zutrittsregister", "Geräteliste", "Meldebuch")
_ACTIONS = ("prüfen", "ergänzen", "gegenzeichnen", "aufbewahren", "an die Aufsicht übergeben", "löschen")
_TIMES = ("vor Dienstbeginn", "nach jedem Wechsel", "am Monatsende", "bei jeder Störung", "vor der Übergabe")
_VERBS = ("MUSS", "SOLLTE", "DARF NICHT")
_SENTENCES_PER_CONTROL = 18
#: Somebody and something that are known by name, so that documents have mentions, and edges to other standards.
_NAMED = ("Informationssicherheitsbeauftragte", "Datenschutzbeauftragte", "Administrator")
_ELSEWHERE = ("ORP.4.A8", "AC-2", "CON.3.A5")


def samples(number: int, seed: int) -> Iterator[Sample]:
    """So many documents in five formats, each with ids and words of its own; every third has two parts."""
    forms = (_markdown, _html, _word, _pdf, _catalog)
    for index in range(number):
        chance = random.Random(f"{seed}/{index}")
        title = f"Richtlinie zum Betrieb {seed}-{index:02d}"
        numbers = range(1, 11 if has_two_parts(index) else 3)
        controls = [
            (_identifier(index, number), f"Regel zu {chance.choice(_OBJECTS)} {number}", _prose(chance, index, number))
            for number in numbers
        ]
        form = forms[index % len(forms)]
        yield Sample(f"{form.__name__.strip('_')}-{index:02d}", form(title, controls))


def has_two_parts(index: int) -> bool:
    """True for a sample that is too long for one part. Embedding takes most of the time."""
    return index % 3 == 0


Controls = list[tuple[str, str, str]]


def _identifier(index: int, number: int) -> str:
    """The control of this number: a plain id, or one whose family has digits in it."""
    return f"BV-{10 * (index % 100) + number % 10:03d}" if number % 2 else f"BV{index:02d}-{number:02d}"


def _prose(chance: random.Random, index: int, number: int) -> str:
    """Duties, the person who answers for them, and references to other controls."""
    sentences = [
        f"Die {chance.choice(_ROLES)} {chance.choice(_VERBS)} das {chance.choice(_OBJECTS)} {chance.randint(2, 99)} "
        f"{chance.choice(_TIMES)} {chance.choice(_ACTIONS)}."
        for _ in range(_SENTENCES_PER_CONTROL)
    ]
    answers = f"Der {chance.choice(_NAMED)} MUSS das nachhalten."
    see = f"Siehe {chance.choice(_ELSEWHERE)} und {_identifier(index, 1 + number % 2)}."
    return " ".join([*sentences, answers, see])


def _markdown(title: str, controls: Controls) -> bytes:
    body = "\n\n".join(f"## {identifier} {heading}\n\n{prose}" for identifier, heading, prose in controls)
    return f"# {title}\n\n{body}\n".encode()


def _html(title: str, controls: Controls) -> bytes:
    body = "".join(f"<h2>{i} {escape(heading)}</h2><p>{escape(prose)}</p>" for i, heading, prose in controls)
    return f"<!doctype html><html lang=de><body><h1>{title}</h1>{body}</body></html>".encode()


def _word(title: str, controls: Controls) -> bytes:
    def fill(document: WordDocument) -> None:
        document.add_heading(title, 1)
        for identifier, heading, prose in controls:
            document.add_heading(f"{identifier} {heading}", 2)
            document.add_paragraph(prose)

    return word(fill)


def _pdf(title: str, controls: Controls) -> bytes:
    document = SimplePdf(footer="#")
    document.heading(title, 18)
    for identifier, heading, prose in controls:
        document.heading(f"{identifier} {heading}")
        document.paragraph(prose)
    return document.data()


def _catalog(title: str, controls: Controls) -> bytes:
    listed = [
        {"id": i.lower(), "title": f"{i} {heading}", "parts": [{"name": "statement", "prose": prose}]}
        for i, heading, prose in controls
    ]
    metadata = {"title": title, "last-modified": "2026-01-01T00:00:00Z", "version": "1", "oscal-version": "1.1.2"}
    catalog = {"uuid": "6e1f5f2c-7f0a-4b5e-9b64-0a2f5f0f4c11", "metadata": metadata, "controls": listed}
    return json.dumps({"catalog": catalog}).encode()
