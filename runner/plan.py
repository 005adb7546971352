"""What a night would do, without doing it."""

from __future__ import annotations

from runner import database, locks, partitions, reindex
from runner.checks import name
from runner.console import Reporter
from runner.night_models import Models
from runner.nightly import Night, fetch_clock
from runner.options import NightlyOptions
from runner.project import Project
from runner.runlock import KEY
from runner.statistics import whole_statement


def make_plan(options: NightlyOptions, project: Project | None = None) -> dict[str, list[str]]:
    """Say for each step of a night what it would do now; nothing is written.

    Args:
        options: of the night.
        project: the parsed project.

    Returns:
        Lines by step: SQL where the runner would run its own, names of models and tests where dbt
        would.

    Raises:
        RunnerError: the database cannot be asked, or the project does not load.
    """
    project = project or Project(options.variables)
    night = Night(options, Reporter(quiet=True), project)
    skipped, nodes_left = night.resumed()
    with database.session() as connection:
        now = fetch_clock(connection)["server_time"]
        holder = database.fetch_all(connection, database.load_query("run_holder"), {"key": KEY})
        in_the_way = locks.blockers(connection, night.schemas)
        months = [
            f"{statement.as_string(connection)};"
            for table in partitions.partition_sets(connection, night.schemas)
            for month in map(partitions.Month.of(now).plus, range(options.premake + 1))
            if month.suffix not in table.months
            for statement in partitions.month_statements(connection, table, month)
        ]
        due = reindex.due_indexes(connection, night.schemas) if options.reindex_minutes else []
        parents = database.fetch_all(
            connection, database.load_query("unanalyzed_parents"), {"schemas": night.schemas}
        )
        analyses = [
            whole_statement(connection, row["schema_name"], row["table_name"]) for row in parents
        ]
        analyze = [f"{statement.as_string(connection)};" for statement in analyses]
    return {
        "run lock": [f"held by {row['application_name']} since {row['since']}" for row in holder],
        "locks": [one.describe() for one in in_the_way],
        "done by the run before": skipped,
        "months": months,
        "models": Models(project, options, Reporter(quiet=True), nodes_left).names(),
        "reindex": [f"reindex index concurrently {name(one.schema, one.name)};" for one in due],
        "analyze": analyze,
    }
