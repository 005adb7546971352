"""Signups credited to channels by all journeys: read once, computed here, written at once.

It takes no run lock: the journeys are read by one statement, which sees one moment of the sessions
whatever a night does meanwhile, and nobody else writes the table of the results.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import psycopg2.errors
import psycopg2.extensions
from psycopg2 import sql

from runner import database
from runner.errors import BlockedByLocks, CreditError
from runner.markov import (
    MARKERS,
    NONE,
    START,
    Step,
    TooMany,
    chain_of,
    removal_effects,
    shares,
    total_journeys,
    total_signups,
)
from runner.options import DATA_DRIVEN_MODELS
from runner.schemas import schemas_by_name
from runner.shapley import shapley_values

Connection = psycopg2.extensions.connection

ORDERS = {"markov_first_order": 1, "markov_second_order": 2}
LOCK_TIMEOUT = "10s"
TABLES = ("channel_steps", "data_driven_credit")


@dataclass(frozen=True)
class Credit:
    """What a model credits to a channel: a row of reporting.data_driven_credit.

    Attributes:
        removal_effect: share of signups lost without the channel; None for the Shapley value.
        share: of all signups, from 0 to 1.
        signups: the same in signups.
    """

    attribution_model: str
    channel: str
    removal_effect: float | None
    share: float
    signups: float


@dataclass(frozen=True)
class Result:
    """One computation.

    Attributes:
        credits: by model, then by channel.
        seconds: how long each part took: reading, each model, writing.
    """

    total_journeys: int
    total_signups: int
    credits: tuple[Credit, ...]
    seconds: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """What --json shows of it."""
        return asdict(self)


def models_to_compute(asked: Sequence[str], settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Those asked for; else those that ``vars.attribution_models`` names; else all three.

    Args:
        asked: names from the command line.
        settings: the vars of dbt_project.yml.
    """
    named = settings.get("attribution_models")
    wanted = asked or (named if isinstance(named, list) else ())
    return tuple(model for model in DATA_DRIVEN_MODELS if model in wanted) or DATA_DRIVEN_MODELS


def compute(steps: Sequence[Step], model: str) -> tuple[Credit, ...]:
    """What one model credits to each channel.

    Args:
        steps: of all journeys.
        model: one of ``DATA_DRIVEN_MODELS``.

    Raises:
        CreditError: there are more channels than the model can weigh.
    """
    effects: Mapping[str, float | None] = {}
    try:
        if model in ORDERS:
            worth = effects = removal_effects(chain_of(steps, ORDERS[model]))
        else:
            worth = shapley_values(chain_of(steps))
    except TooMany as error:
        raise CreditError(
            f"attribute: {model}: {error}; merge channels in seeds/channel_rules.csv, or leave the "
            "model out of vars.attribution_models"
        ) from None
    signups = total_signups(steps)
    return tuple(
        Credit(model, channel, effects.get(channel), share, share * signups)
        for channel, share in shares(worth).items()
    )


def attribute(asked: Sequence[str], settings: Mapping[str, Any]) -> Result:
    """Compute the models and put them in the place of what was computed before.

    Args:
        asked: models; only their rows are replaced. None for those of the settings: then nothing
            else is left in the table.
        settings: the vars of dbt_project.yml.

    Raises:
        CreditError: there is nothing to compute from, or more channels than can be weighed.
        psycopg2.Error: the server refused something.
    """
    models = models_to_compute(asked, settings)
    schema = schemas_by_name()["reporting"]
    seconds: dict[str, float] = {}
    with database.session() as connection:
        _check_tables(connection, schema, settings)
        began = time.monotonic()
        steps = _read(connection, schema)
        seconds["reading"] = time.monotonic() - began
        _check(steps)
        found: dict[str, tuple[Credit, ...]] = {}
        for model in models:
            began = time.monotonic()
            found[model] = compute(steps, model)
            seconds[model] = time.monotonic() - began
        totals = total_journeys(steps), total_signups(steps)
        began = time.monotonic()
        _write(connection, schema, found, totals, bool(asked))
        seconds["writing"] = time.monotonic() - began
    return Result(*totals, tuple(one for credit in found.values() for one in credit), seconds)


def _check_tables(connection: Connection, schema: str, settings: Mapping[str, Any]) -> None:
    """Whether the nightly has made them.

    Raises:
        CreditError: it has not.
    """
    for table in TABLES:
        if not database.table_exists(connection, schema, table):
            how = (
                "set vars.reporting to true in dbt_project.yml, then run"
                if settings.get("reporting") is False
                else "run once"
            )
            raise CreditError(
                f"attribute: there is no table {schema}.{table} yet; {how}: "
                "python -m runner nightly"
            )


def _query(name: str, schema: str) -> sql.Composed:
    places = {table: sql.Identifier(schema, table) for table in TABLES}
    return sql.SQL(database.load_query(name)).format(**places)


def _read(connection: Connection, schema: str) -> list[Step]:
    rows = database.fetch_all(connection, _query("channel_steps", schema))
    return [Step(**row) for row in rows]


def _check(steps: Sequence[Step]) -> None:
    """Whether there are journeys and signups to share out, and channels are no markers.

    Raises:
        CreditError: there are none, or a channel is called like the end of a journey.
    """
    if not steps:
        raise CreditError(
            "attribute: there are no sessions that count, so no journeys to weigh; "
            "take some in: python -m runner nightly"
        )
    if not total_signups(steps):
        raise CreditError(
            f"attribute: none of {total_journeys(steps):,} people signed up, so there is nothing "
            "to share out; check vars.signup_events"
        )
    # after a touch there is a channel or an end, before it a channel or the start
    used = {step.channel_from for step in steps} - {START}
    used |= {step.channel_to for step in steps} & {START, NONE}
    if used & MARKERS:
        name = min(used & MARKERS)
        raise CreditError(
            f"attribute: a channel is called {name}, which stands for an end of journeys; "
            "give it another name in seeds/channel_rules.csv"
        )


def _write(
    connection: Connection,
    schema: str,
    found: Mapping[str, Sequence[Credit]],
    totals: tuple[int, int],
    only_these: bool,
) -> None:
    """Replace the rows; readers see those before or these, whole.

    Raises:
        BlockedByLocks: another session locks the table.
    """
    connection.autocommit = False
    with connection, connection.cursor() as cursor:
        try:
            cursor.execute(
                _query("lock_data_driven_credit", schema), {"lock_timeout": LOCK_TIMEOUT}
            )
        except psycopg2.errors.LockNotAvailable:
            raise BlockedByLocks(
                f"attribute: another session has a lock on {schema}.data_driven_credit, for longer "
                f"than {LOCK_TIMEOUT}; see who: python -m runner locks; then run it again"
            ) from None
        cursor.execute(
            _query("delete_data_driven_credit", schema),
            {"models": list(found) if only_these else None},
        )
        for model, credit in found.items():
            cursor.execute(
                _query("insert_data_driven_credit", schema),
                {
                    "attribution_model": model,
                    "total_journeys": totals[0],
                    "total_signups": totals[1],
                    "channels": [one.channel for one in credit],
                    "removal_effects": [one.removal_effect for one in credit],
                    "shares": [one.share for one in credit],
                    "signups": [one.signups for one in credit],
                },
            )
