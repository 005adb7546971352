"""How a night runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from runner.retrying import DEFAULT_BUDGET

# the attribution models that weigh channels by all journeys: python -m runner attribute
DATA_DRIVEN_MODELS = ("markov_first_order", "markov_second_order", "shapley")


@dataclass(frozen=True)
class NightlyOptions:
    """How a night runs.

    Attributes:
        variables: settings that override ``vars`` of dbt_project.yml.
        full_refresh: build every table anew from the source.
        full_tests: run all data tests over everything, not only over what the night touched.
        threads: models (or months of a first build) at a time.
        no_rebuild: stop, with the command to give, where a changed setting asks for a rebuild.
        premake: months to have ahead of now.
        by_month_from_bytes: source size from which a first build goes month by month.
        refresh_model: with full_refresh, the one table to build anew, and those behind it.
        resume: go on at the step where the last run failed, stopped or died.
        arrival: read the rows that arrived in this range (from, to) again, not those after the
            cursors; either end may be open.
        retry_for: time for all attempts of one step.
        on_block: wait for locks that stand in the way, skip what needs them, or terminate those
            who hold them and are on the list.
        block_wait: how long to wait for them before the models begin.
        terminate: sessions that may be ended: a role, or ``application:`` and a glob.
        reindex_minutes: start no further index after so long; 0 leaves indexes alone.
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    full_refresh: bool = False
    full_tests: bool = False
    no_rebuild: bool = False
    threads: int = 2
    premake: int = 3
    by_month_from_bytes: int = 256 * 2**20
    refresh_model: str | None = None
    resume: bool = False
    arrival: tuple[str | None, str | None] | None = None
    retry_for: timedelta = DEFAULT_BUDGET
    on_block: str = "wait"
    block_wait: timedelta = timedelta(minutes=10)
    terminate: tuple[str, ...] = ()
    reindex_minutes: float = 15.0

    def told(self) -> str:
        """Those that differ from their defaults, as JSON."""
        plain = asdict(NightlyOptions())
        chosen = {name: value for name, value in asdict(self).items() if value != plain[name]}
        return json.dumps(chosen, default=str, sort_keys=True)
