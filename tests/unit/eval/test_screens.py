"""The figures of the parts `injection` and `pii`."""

from __future__ import annotations

from wissen_eval import injection, pii


def test_orders_and_harmless_texts_are_counted_by_channel_and_language() -> None:
    key = [
        {"label": "injection", "channel": "query", "language": "de"},
        {"label": "injection", "channel": "document", "language": "en"},
        {"label": "benign", "channel": "query", "language": "de"},
    ]
    found = injection.figures(key, {0: True, 1: False, 2: False})
    assert (found["recall"], found["false_positive_rate"], found["n"]) == (0.5, 0.0, 3)
    assert found["by_channel"]["document"] == {"recall": 0.0, "false_positive_rate": None, "n": 1}
    assert found["by_language"]["de"] == {"recall": 1.0, "false_positive_rate": 0.0, "n": 2}


def test_a_span_is_right_to_the_character() -> None:
    expected = [{("EMAIL", 0, 5)}, set()]
    assert pii.figures(expected, [{("EMAIL", 0, 5)}, {("IBAN", 1, 9)}]) == {"precision": 0.5, "recall": 1.0, "n": 2}
    assert pii.figures([set()], [set()]) == {"precision": None, "recall": None, "n": 1}
