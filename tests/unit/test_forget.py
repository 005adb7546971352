"""Which ids can be forgotten."""

from __future__ import annotations

import pytest

from runner.errors import ForgetError
from runner.forget_person import clean_ids


def test_ids_are_kept_as_the_project_keeps_them() -> None:
    assert clean_ids(["\t ann \n", "ann", "Ann", "\N{NO-BREAK SPACE}ann"]) == [
        "ann", "Ann", "\N{NO-BREAK SPACE}ann",
    ]  # fmt: skip


@pytest.mark.parametrize("words", [[], [" "], ["ann", "NaN"], ["Kiosk"], ["a\0b"]])
def test_what_stands_for_nobody_cannot_be_forgotten(words: list[str]) -> None:
    with pytest.raises(ForgetError, match=r"^forget: "):
        clean_ids(words, ["kiosk"])
