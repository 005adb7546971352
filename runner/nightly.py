"""The night: months present, models built, what it did in a table."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import psycopg2.extensions
from psycopg2 import sql

from runner import advice, database, partitions
from runner.console import Reporter
from runner.errors import ModelsFailed, ProjectError, RebuildNeeded, RunnerError
from runner.first_build import FirstBuild, is_unfinished
from runner.project import Outcome, Project

# a model of each schema that holds partitioned tables
PARTITIONED = ("app_tracks", "identity_calls", "identity_sessions", "all_sessions")
OLDEST_VERSION = 150000


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
    """

    variables: Mapping[str, Any] = field(default_factory=dict)
    full_refresh: bool = False
    full_tests: bool = False
    no_rebuild: bool = False
    threads: int = 2
    premake: int = 3
    by_month_from_bytes: int = 256 * 2**20


@dataclass
class NightSummary:
    """What a night did.

    Attributes:
        accounts: rows read, kept, known, duplicate and rejected by source table.
        totals: aliases, sessions and signups touched.
        steps: seconds by step.
        models: seconds by model.
        notices: what the project remarked (a table skipped, a new column).
    """

    accounts: list[dict[str, Any]] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.steps[name] = self.steps.get(name, 0.0) + time.monotonic() - started


def run_nightly(
    options: NightlyOptions | None = None,
    reporter: Reporter | None = None,
    project: Project | None = None,
) -> NightSummary:
    """Run one night against the database that the PG* environment names.

    Args:
        options: settings of this run.
        reporter: where progress is shown; nowhere by default.
        project: the parsed dbt project, to reuse it in one process.

    Raises:
        RunnerError: one line that says what failed and what to do.
    """
    options = options or NightlyOptions()
    reporter = reporter or Reporter(quiet=True)
    project = project or Project(options.variables)
    summary = NightSummary()
    _check_names(project, options)
    with database.session() as connection:
        server = fetch_clock(connection)
        schemas = [project.schema_of(model) for model in PARTITIONED]
        with summary.step("months"):
            made = partitions.add_months_ahead(
                connection,
                schemas,
                server["server_time"],
                options.premake,
            )
        if made:
            reporter.line(f"months: {len(made)} partitions added")
        first = _first_build(connection, project, options, reporter)
        if first is not None:
            with summary.step("first build by months"):
                first.run()
        with summary.step("models"):
            outcome = _build_or_rebuild(
                project,
                options,
                reporter,
                _seeds_are_loaded(connection, project),
                {"build_step": {"kind": "finish"}} if first else {},
            )
        summary.models = {node.name: node.seconds for node in outcome.nodes if node.kind == "model"}
        settings = {**project.settings(), **options.variables}
        summary.notices = [
            *outcome.notices,
            *advice.missing_indexes(connection, _source_schemas(settings)),
            *advice.shared_ids(connection, project.schema_of("known_pairs"), settings),
        ]
        with summary.step("months"):
            partitions.add_months_ahead(
                connection,
                schemas,
                server["server_time"],
                options.premake,
            )
        _read_accounts(connection, project, summary, server["server_time"])
    return summary


def _check_names(project: Project, options: NightlyOptions) -> None:
    """A setting that nobody knows is a slip of the pen.

    Raises:
        ProjectError: names it.
    """
    for name in options.variables:
        if name not in project.settings():
            raise ProjectError(
                f"setting '{name}' (--vars) is unknown; README.md lists the settings"
            )


def fetch_clock(connection: psycopg2.extensions.connection) -> dict[str, Any]:
    """The server's time and version.

    Raises:
        RunnerError: the server is older than the project supports.
    """
    clock = database.fetch_all(connection, database.load_query("clock"))[0]
    if clock["version_number"] < OLDEST_VERSION:
        raise RunnerError(
            f"the server is PostgreSQL {clock['version']}; versions 15 to 18 are supported"
        )
    return clock


def _first_build(
    connection: psycopg2.extensions.connection,
    project: Project,
    options: NightlyOptions,
    reporter: Reporter,
) -> FirstBuild | None:
    """The build by months, where one is due: a large source and no tables yet, or one cut short."""
    stages = project.schema_of("build_steps")
    build = FirstBuild(connection, project, options.variables, stages, options.threads, reporter)
    if options.full_refresh:
        return None
    if database.table_exists(connection, stages, "build_steps"):
        query = sql.SQL(database.load_query("build_steps")).format(schema=sql.Identifier(stages))
        steps = database.fetch_all(connection, query)
        if steps:
            return build if is_unfinished(steps) else None
    if database.table_exists(connection, project.schema_of("app_tracks"), "app_tracks"):
        return None
    schemas = _source_schemas({**project.settings(), **options.variables})
    size = database.fetch_all(connection, database.load_query("source_size"), {"schemas": schemas})
    return build if size[0]["bytes"] >= options.by_month_from_bytes else None


def _source_schemas(settings: Mapping[str, Any]) -> list[str]:
    """The schemas Segment writes to; dbt says what is wrong with a setting that has no sense."""
    sources = settings["segment_sources"]
    return [
        str(source.get("schema"))
        for source in (sources if isinstance(sources, list) else [])
        if isinstance(source, dict)
    ]


def _seeds_are_loaded(connection: psycopg2.extensions.connection, project: Project) -> bool:
    """Whether the tables of the seeds hold what their files say, as of the last finished run."""
    schema = project.schema_of("settings_in_force")
    if not database.table_exists(connection, schema, "settings_in_force"):
        return False
    query = sql.SQL(database.load_query("settings_in_force")).format(schema=sql.Identifier(schema))
    stored = {
        row["setting_name"]: row["setting_value"] for row in database.fetch_all(connection, query)
    }
    return all(
        stored.get(f"file of seed {name}") == checksum
        for name, checksum in project.seed_checksums().items()
    )


def _build_or_rebuild(
    project: Project,
    options: NightlyOptions,
    reporter: Reporter,
    seeds_are_loaded: bool,
    step: dict[str, Any],
) -> Outcome:
    """Build; where a changed setting needs the events read again, build everything anew."""
    try:
        return _build(project, options, reporter, seeds_are_loaded, step)
    except RebuildNeeded as needed:
        if options.no_rebuild or options.full_refresh:
            raise
        reporter.line(f"{needed}: doing so")
        options = replace(options, full_refresh=True)
        return _build(project, options, reporter, seeds_are_loaded, step)


def _build(
    project: Project,
    options: NightlyOptions,
    reporter: Reporter,
    seeds_are_loaded: bool,
    step: dict[str, Any],
) -> Outcome:
    command = ["build", "--threads", str(options.threads)]
    left_out = []
    if seeds_are_loaded or step:
        left_out += ["build_plan", "build_steps"]
    if options.no_rebuild:
        step = {**step, "rebuild_on_change": False}
    if options.full_refresh:
        command.append("--full-refresh")
    elif seeds_are_loaded:
        left_out.append("resource_type:seed")
    if not options.full_tests:
        left_out += ["tag:whole_table", "resource_type:unit_test"]
    if left_out:
        command += ["--exclude", *left_out]
    reporter.start_models()
    try:
        return project.invoke(command, {**options.variables, **step}, reporter.node)
    finally:
        reporter.end_models()


def _read_accounts(
    connection: psycopg2.extensions.connection,
    project: Project,
    summary: NightSummary,
    since: datetime,
) -> None:
    """What the models themselves wrote down about this run."""
    for name, model in (("run_accounts", "load_accounts"), ("run_totals", "run_totals")):
        query = sql.SQL(database.load_query(name)).format(
            schema=sql.Identifier(project.schema_of(model))
        )
        rows = database.fetch_all(connection, query, {"since": since})
        if name == "run_accounts":
            summary.accounts = [
                {key: int(value) if key.startswith("rows") else value for key, value in row.items()}
                for row in rows
            ]
        elif not rows:
            raise ModelsFailed("run_totals: this run wrote no line; run again with --full-tests")
        else:
            summary.totals = {key: int(value) for key, value in rows[0].items()}
