"""A question while it is being answered: the stages that are done, and the draft so far."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from wissen.client.stream import Follower, Open, QuestionProgress, WebSocket
from wissen.client.stream_address import StreamAddress
from wissen.commands.views.answer import STAGES
from wissen.commands.views.printable import printable

_SHOWN_DRAFT_LINES = 12
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_DONE = {"intent": "understood", "retrieve": "searched", "synthesize": "drafted", "validate": "checked"}


class LiveFollower:
    """Follows one question and shows on a terminal what is heard of it."""

    def __init__(self, address: StreamAddress, console: Console, *, open_stream: Open = WebSocket.open) -> None:
        self._follower = Follower(address, open_stream=open_stream)
        self._live = Live(
            get_renderable=lambda: question_view(self._follower.progress),
            console=console,
            transient=True,
            refresh_per_second=10,
        )

    def __enter__(self) -> Self:
        self._follower.__enter__()
        self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.stop()
        self._follower.__exit__(*exception)

    def follow(self, query_id: str) -> Iterator[None]:
        """Yields whenever it is worth looking for the answer; ends when there is nothing more to be heard."""
        return self._follower.follow(query_id)


def question_view(progress: QuestionProgress) -> RenderableType:
    """The stages that are done with their time, and the end of the draft."""
    done = Text()
    for stage in STAGES:
        event: Any = progress.stages.get(stage)
        if event is not None:
            mark = "!" if event.degraded else "✓"
            done.append(f"{mark} {_DONE[stage]} ", style="yellow" if event.degraded else "green")
            done.append(f"{event.worked_ms or 0:.0f} ms   ", style="dim")
    parts: list[RenderableType] = [Spinner("dots", text=done if done.plain else Text("asking"))]
    if progress.draft:
        lines = printable(_plain(progress.draft)).splitlines()[-_SHOWN_DRAFT_LINES:]
        parts += [Text("Draft, not checked yet:", style="bold dim"), Text("\n".join(lines), style="dim")]
    return Group(*parts)


def _plain(draft: str) -> str:
    """A draft's words: it comes as Markdown whose escapes a line of text does not need."""
    return _ESCAPE.sub(r"\1", draft)
