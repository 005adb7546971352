"""``python -m benchmarks.forgetting``: what the list of forgotten ids costs a night, and what
forgetting costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import click

from benchmarks.__main__ import _server
from benchmarks.measure import END, run_night
from runner import database
from runner.console import Reporter
from runner.forget import forget
from runner.project import Project
from runner.synthetic import Scenario

READING = ("arrived_events", "rejected_events")
STRANGERS = """
insert into privacy.forgotten_ids (id_key, id_hash, forgotten_at)
select
    hashtextextended(number::text, key_seed),
    encode(sha256(convert_to(salt || number, 'UTF8')), 'hex'),
    now()
from generate_series(1, {}) as number, privacy.forgotten_salt
"""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--events", default=1_000_000, show_default=True, help="Events of the history.")
@click.option("--day", "day_events", default=55_000, show_default=True, help="Events of a day.")
@click.option("--nights", default=3, show_default=True, help="Nights with each list.")
@click.option("--listed", default=10_000, show_default=True, help="Ids on the list.")
def main(events: int, day_events: int, nights: int, listed: int) -> None:
    """Measure nights with an empty list and with a full one, in turn, then forget somebody."""
    say = Reporter().line
    scenario = Scenario(events=events, days=365, seed=1, end=END, tracks_only=True)
    with _server(None), database.session() as connection:
        scenario.create_tables(connection)
        scenario.load_history(connection)
        scenario.create_indexes(connection)
        _execute(connection, "vacuum analyze segment.tracks")
        run_night(connection, 2, {})
        _execute(connection, "vacuum analyze")
        taken: dict[int, list[tuple[float, float]]] = {0: [], listed: []}
        for day in range(1, 2 * nights + 1):
            size = 0 if day % 2 else listed
            _execute(connection, "delete from privacy.forgotten_ids")
            _execute(connection, STRANGERS.format(size))
            scenario.load_day(connection, day_events, day)
            night = run_night(connection, 2, {})
            reading = sum(night.steps[name] for name in READING)
            taken[size].append((reading, night.seconds))
            say(f"{size:,} ids: reading {reading:.2f} s, night {night.seconds:.2f} s")
        for size, figures in taken.items():
            middle = [statistics.median(one) for one in zip(*figures, strict=True)]
            say(f"median with {size:,} ids: reading {middle[0]:.2f} s, night {middle[1]:.2f} s")
        project = Project()
        users = database.fetch_all(
            connection, "select distinct user_id from segment.tracks where user_id is not null"
        )
        names = sorted(row["user_id"] for row in users)
        _tell(say, "one user", lambda: forget(names[:1], project=project))
        _tell(say, "100 users", lambda: forget(names[1:101], project=project))
        _tell(say, "one user, --source", lambda: forget(names[101:102], True, project=project))


def _tell(say: Callable[[str], None], what: str, action: Callable[[], Any]) -> None:
    started = time.monotonic()
    person = action()
    seconds = time.monotonic() - started
    with database.session() as connection:
        step = database.fetch_all(
            connection,
            "select seconds from ops.steps where step_name = 'forget'"
            " order by started_at desc limit 1",
        )[0]["seconds"]
    rows = sum(person.rows.values()) + sum(person.source_rows.values())
    say(f"{what}: {len(person.ids)} ids, {rows:,} rows: transaction {step:.2f} s, {seconds:.2f} s")


def _execute(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


if __name__ == "__main__":
    main()
