"""Files, variables, parameters and other names that the pages mention exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from tests.unit.docs.pages import ROOT, Said, pages, tracked, words_of_the_code

_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_]\w*)*(?:\(\))?")
_FILE = re.compile(r"[\w.\-*<>/]+\.(?:py|md|ya?ml|txt|in|toml|sql|json|jsonl|asl\.json)(?!\w)")
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b")
PACKAGES = {
    "knowledge": "layers/knowledge",
    "grammar": "layers/grammar",
    "llmclient": "layers/llmclient",
    "documents": "layers/documents",
    "wissen": "local",
    "wissen_bench": "tools",
    "wissen_eval": "tools",
}

#: Names by others, as their documentation writes them: LiteLLM's, OpenAI's, AWS's, Linux's,
#: and fields of a data set that the evaluation does not read.
FOREIGN = frozenset(
    """
    ensurepip autogroup DEFAULT_MAX_RETRIES http_403 http_402 http_429 http_503 http_504 MaximumConcurrency
    APIConnectionError APIError APIResponseValidationError APIStatusError APITimeoutError AuthenticationError
    BadRequestError ConflictError ContentFilterFinishReasonError InternalServerError InvalidRequestError
    LengthFinishReasonError NotFoundError OAuthError OpenAIError PermissionDeniedError PermissionError RateLimitError
    ServiceUnavailableError SignatureVerificationError TryAgain UnprocessableEntityError
    WebSocketConnectionClosedError WebSocketQueueFullError openai httpx2 HTTPError ecs_observer error VmHWM
    gold_snippet gold_snippets category_ids LITELLM_VERSION
    """.split()
)
#: Files that a reader has or makes: of a data set, of the state, of the stack.
OF_A_READER = {"state.json"}
#: What a page calls a release that had it: a record of the past may name what is gone.
HISTORY = {"CHANGELOG.md"}


def spans() -> Iterator[Said]:
    for each in pages():
        if each.path.name not in HISTORY:
            yield from each.code()


def data_files() -> set[str]:
    """Files of a data set, which docs/evaluation.md describes."""
    return {
        said.text for said in spans() if said.page.name == "evaluation.md" and said.text.endswith((".jsonl", "(2).md"))
    }


def test_a_file_that_a_page_names_exists() -> None:
    names = {Path(name).name for name in tracked()}
    missing = []
    for said in spans():
        for written in _FILE.findall(said.text):
            pattern = re.sub(r"<\w+>", "*", written)
            if written.startswith(("~", "/", "../")) or said.text in data_files() | OF_A_READER:
                continue
            known = tracked() if "/" in pattern else names
            if not any(fnmatch(name, pattern) or fnmatch(name, f"*/{pattern}") for name in known):
                missing.append(str(said))
    assert not missing


def test_a_folder_that_a_page_names_exists() -> None:
    tops = {name.split("/")[0] for name in tracked() if "/" in name}
    missing = []
    for said in spans():
        if re.fullmatch(r"[\w.\-<>*]+(?:/[\w.\-<>*]+)*/?", said.text) and said.text.split("/")[0] in tops:
            pattern = re.sub(r"<\w+>", "*", said.text.rstrip("/"))
            if not (any(ROOT.glob(pattern)) or fnmatch(said.text, "*.*")):
                missing.append(str(said))
    assert not missing


def test_a_name_that_a_page_writes_as_code_exists() -> None:
    """Whatever looks like a name of the program: with a dot, an underscore, a hump, or in capitals."""
    missing = []
    for said in spans():
        written = said.text.split("=")[0].split(": ")[0].strip()
        if not _NAME.fullmatch(written) or not re.search(r"[._]|[a-z][A-Z]|[A-Z]{2}|\(\)", written):
            continue
        if _FILE.fullmatch(written):
            continue
        words = {word for word in re.findall(r"[\w$]+", written) if not _is_known(word, said.text)}
        if words:
            missing.append(f"{said}: {', '.join(sorted(words))}")
    assert not missing


def test_a_module_that_a_page_names_exists() -> None:
    missing = []
    for said in spans():
        parts = said.text.removesuffix("()").split(".")
        if not _NAME.fullmatch(said.text) or len(parts) < 2 or parts[0] not in PACKAGES or parts[1][:1].isupper():
            continue
        base = ROOT / PACKAGES[parts[0]]
        here = [n for n in range(len(parts), 1, -1) if _is_module(base.joinpath(*parts[:n]))]
        if not here and not (base / parts[0] / "__init__.py").exists():
            missing.append(str(said))
        elif here and here[0] < len(parts):
            module = base.joinpath(*parts[: here[0]])
            source = (module / "__init__.py" if module.is_dir() else module.with_suffix(".py")).read_text("utf-8")
            if not re.search(rf"\b{parts[here[0]]}\b", source):
                missing.append(str(said))
        elif not here and f"{parts[0]}." in said.text and said.text not in DATA:
            missing.append(str(said))
    assert not missing


#: Look like modules and are columns of the store or fields of the API.
DATA = {"documents.served_version", "wissen.v1"}


def _is_module(path: Path) -> bool:
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def test_a_variable_that_a_page_names_is_read_somewhere() -> None:
    missing = []
    for each in pages():
        for said in (*each.code(), *each.lines()):
            names = set(_VARIABLE.findall(said.text.split("<")[0] if "<" in said.text else said.text))
            missing += [f"{said}: {name}" for name in sorted(names) if not _is_known(name, said.text)]
    assert not missing


def _is_known(name: str, text: str) -> bool:
    """`WISSEN_MODEL_SYNTHESIS_PREMIUM` is made of `WISSEN_MODEL_` and an alias; `BUDGET_CALLS` sets `budget_calls`."""
    if name.lower() in words_of_the_code() or name in words_of_the_code() or name in FOREIGN or f"{name}_<" in text:
        return True
    return any(
        name.startswith(word) for word in words_of_the_code() if word.startswith("WISSEN_") and word.endswith("_")
    )


#: Set by our own processes for each other, by `make chaos` and by tests; no reader sets them.
NOT_FOR_READERS = {"WISSEN_COMPONENT"}


def test_every_variable_that_the_product_reads_is_on_a_page() -> None:
    written = " ".join(each.text for each in pages())
    read = set()
    for name in tracked():
        if name.endswith(".py") and name.startswith(("functions/", "layers/", "local/", "proxy/")):
            for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    read |= set(re.findall(r"^WISSEN_[A-Z_]+$", node.value))
    assert read
    assert {name for name in read - NOT_FOR_READERS if name.rstrip("_") not in written} == set()


@pytest.mark.parametrize("parameter", ["Parameters", "Outputs"])
def test_a_page_that_says_parameter_or_output_names_one(parameter: str) -> None:
    names = {path: _section(path, parameter) for path in ("template.yaml", "infrastructure/gateway.yaml")}
    known = set().union(*names.values())
    word = parameter.removesuffix("s").lower()
    for each in pages():
        if each.path.name in HISTORY:
            continue
        for name in re.findall(rf"\b{word} `(\w+)", each.text) + re.findall(rf"`(\w+)` \({word}", each.text):
            assert name in known, f"{each.path.name}: {name}"


def _section(path: str, section: str) -> set[str]:
    text = (ROOT / path).read_text(encoding="utf-8")
    match = re.search(rf"^{section}:\n((?:[ \n#].*\n?|\n)*)", text, re.MULTILINE)
    return set(re.findall(r"^  (\w+):", match[1], re.MULTILINE)) if match else set()
