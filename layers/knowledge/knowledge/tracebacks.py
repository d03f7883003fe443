"""The parts of an unexpected exception that may be logged."""

from __future__ import annotations

from traceback import extract_tb


def safe_traceback(error: BaseException) -> list[str]:
    """The places an exception and its causes came from and their types, causes first, one a line.

    The exceptions' messages stay out: drivers and validators quote the values they refuse, which may be a document's
    text, a question or a key.
    """
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    lines: list[str] = []
    for link in reversed(chain):
        lines += [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(link.__traceback__)]
        lines.append(type(link).__name__)
    return lines
