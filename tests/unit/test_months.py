"""Which months are missing, which are to leave, which index is due, and where the tables are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.partitions import (
    GAP_REACH,
    Leaf,
    Month,
    PartitionSet,
    missing_months,
    months_to_detach,
    planned,
)
from runner.reindex import Index, is_due

NOW = Month(2026, 2)
TABLE = PartitionSet("partitioning", "app_tracks", ())
MONTHS = st.builds(Month, st.integers(1990, 2100), st.integers(1, 12))


def months(text: str) -> list[Month]:
    """Months written as in 2025-11 2025-12."""
    return [Month(*map(int, word.split("-"))) for word in text.split()]


# -- months ----------------------------------------------------------------------------------


def test_a_month_counts_over_the_end_of_a_year() -> None:
    assert Month(2025, 11).plus(3) == NOW
    assert NOW.plus(-2) == Month(2025, 12)
    assert NOW.plus(-26) == Month(2023, 12)
    assert Month(9999, 12).bounds.endswith("to ('10000-01-01 00:00:00+00')")
    assert NOW.bounds == "for values from ('2026-02-01 00:00:00+00') to ('2026-03-01 00:00:00+00')"


def test_a_moment_is_in_its_month_of_utc() -> None:
    west = timezone(timedelta(hours=-5))
    assert Month.of(datetime(2026, 1, 31, 20, tzinfo=west)) == NOW
    assert Month.of(datetime(2026, 1, 31, 23, 59, tzinfo=UTC)) == Month(2026, 1)


@pytest.mark.parametrize(
    ("name", "month"),
    [
        ("app_tracks_2018_01", Month(2018, 1)),
        ("app_tracks_12018_01", Month(12018, 1)),
        ("app_tracks_2018_13", None),
        ("app_tracks_2018_00", None),
        ("app_tracks_2018_01_detached", None),
        ("app_tracks_default", None),
    ],
)
def test_the_month_in_a_name(name: str, month: Month | None) -> None:
    assert Month.in_name(name) == month


# -- which are missing -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("present", "ahead", "missing"),
    [
        ("", 0, "2026-02"),
        ("", 2, "2026-02 2026-03 2026-04"),
        ("2026-02", 0, ""),
        ("2025-11 2026-01", 1, "2025-12 2026-02 2026-03"),
        # ahead of what is wanted: neither asked for nor in the way
        ("2099-12", 1, "2026-02 2026-03"),
        ("2026-03 2026-05", 3, "2026-02 2026-04"),
    ],
)
def test_missing_months(present: str, ahead: int, missing: str) -> None:
    assert missing_months(months(present), NOW, ahead) == months(missing)


def test_a_gap_is_filled_up_to_two_years_back() -> None:
    assert GAP_REACH == 24
    found = missing_months(months("2000-01"), NOW, 0)
    assert (found[0], found[-1], len(found)) == (Month(2024, 2), NOW, 25)
    found = missing_months(months("2024-03"), NOW, 0)
    assert (found[0], len(found)) == (Month(2024, 4), 23)


@given(st.sets(MONTHS), st.integers(0, 12))
def test_after_they_are_made_none_is_missing_and_there_were_few(
    present: set[Month], ahead: int
) -> None:
    found = missing_months(present, NOW, ahead)
    assert len(found) <= GAP_REACH + 1 + ahead
    assert not set(found) & present
    assert missing_months(present | set(found), NOW, ahead) == []
    assert all(NOW.plus(-GAP_REACH) <= one <= NOW.plus(ahead) for one in found)
    assert {NOW.plus(number) for number in range(ahead + 1)} <= present | set(found)


# -- which are to leave ----------------------------------------------------------------------


def test_months_to_detach() -> None:
    present = months("2026-03 2026-02 2026-01 2025-12 2025-11 2000-01")
    assert months_to_detach(present, NOW, 1) == months("2000-01 2025-11 2025-12")
    assert months_to_detach(present, NOW, 2) == months("2000-01 2025-11")
    assert months_to_detach(present, NOW, 24) == months("2000-01")


@pytest.mark.parametrize("retain", [0, -1])
def test_at_least_one_month_before_this_one_is_kept(retain: int) -> None:
    with pytest.raises(ValueError, match="at least one month"):
        months_to_detach([], NOW, retain)


@given(st.sets(MONTHS), st.integers(1, 600))
def test_this_month_and_later_ones_never_leave(present: set[Month], retain: int) -> None:
    found = months_to_detach(present, NOW, retain)
    assert all(one < NOW.plus(-retain) for one in found)
    assert all(one in found for one in present if one < NOW.plus(-retain))


# -- the plan --------------------------------------------------------------------------------


def leaf(month: str, **facts: bool) -> Leaf:
    """A partition of app_tracks."""
    return Leaf("partitioning", "app_tracks", f"app_tracks_{month}", "timestamp", "", **facts)


def plan(*leaves: Leaf, **options: object) -> list[tuple[str, str, str]]:
    """Month, action and outcome of what is planned."""
    return [
        (change.leaf.removeprefix("app_tracks_"), change.action, change.outcome)
        for change in planned(TABLE, leaves, NOW, **options)
    ]


def test_months_are_added_before_others_leave() -> None:
    present = leaf("2025_10"), leaf("2025_12"), leaf("2026_02")
    assert plan(*present, premake=0, retain=2) == [
        ("2026_01", "add", "would be done"),
        ("2025_10", "detach", "would be done"),
    ]
    assert plan(*present, premake=0, retain=2, drop=True)[1][1] == "drop"


def test_what_leaves_does_not_make_gaps() -> None:
    assert plan(leaf("2025_08"), leaf("2026_02"), premake=0, retain=3) == [
        ("2025_08", "detach", "would be done")
    ]


def test_a_pending_one_goes_first_and_only_where_months_are_to_leave() -> None:
    present = leaf("2025_11"), leaf("2025_12", is_pending=True), leaf("2026_02")
    full = (*present, leaf("2026_01"))
    assert plan(*full, premake=0, retain=1) == [
        ("2025_12", "detach", "would be done"),
        ("2025_11", "detach", "would be done"),
    ]
    assert plan(*full, premake=0, retain=2) == [
        ("2025_12", "finish detaching", "would be done"),
        ("2025_11", "detach", "would be done"),
    ]
    assert plan(*full, premake=0) == [("2025_12", "finish detaching", "left")]


def test_one_with_other_bounds_than_its_name_says_stays() -> None:
    odd = leaf("2000_01", is_its_month=False)
    assert ("2000_01", "detach", "left") in plan(odd, leaf("2026_02"), premake=0, retain=1)


def test_a_taken_name_fails() -> None:
    taken = {"app_tracks_2026_02": "a view"}
    assert plan(premake=1, taken=taken) == [
        ("2026_02", "add", "failed"),
        ("2026_03", "add", "would be done"),
    ]


# -- which index is due ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("megabytes", "bloat", "expected"),
    [
        (64, 30.0, True),
        (63.9, 90.0, False),
        (6400, 29.9, False),
        (6400, 100.0, True),
        # a hash index, or one whose table has no statistics
        (6400, None, False),
    ],
)
def test_an_index_is_due_by_share_and_size(
    megabytes: float, bloat: float | None, expected: bool
) -> None:
    index = Index("s", "t_2026_01", "i", "t", "p", round(megabytes * 2**20), bloat)
    assert is_due(index, 30, 64) is expected
