"""The models of a night: built by dbt, by months the first time, and anew where a setting asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg2.extensions
from psycopg2 import sql

from runner import database
from runner.console import Reporter
from runner.errors import ModelsFailed, RebuildNeeded
from runner.first_build import FirstBuild, is_unfinished
from runner.options import NightlyOptions
from runner.project import NodeEvent, Project
from runner.retrying import lost_server
from runner.watching import Watcher

# models that are computed whole, from tables of the user's own: nothing to do where there are none
INPUTS = {
    "signup_value": "orders",
    "ad_costs": "ad_spend",
    "self_report_answers": "self_reports",
}


class Models:
    """Builds them; what failed on the way is where the next attempt starts.

    Args:
        project: the parsed project.
        options: of the run.
        reporter: where progress is shown.
        nodes_left: what an earlier run left undone.
        watcher: is told of each model, seed and test.
    """

    def __init__(
        self,
        project: Project,
        options: NightlyOptions,
        reporter: Reporter,
        nodes_left: tuple[str, ...] = (),
        watcher: Watcher | None = None,
    ) -> None:
        self.project = project
        self.watcher = watcher or Watcher()
        self.options = options
        self.reporter = reporter
        self.nodes_left = nodes_left
        self.seconds: dict[str, float] = {}
        self.notices: list[str] = []
        self._anew = options.full_refresh
        self._seeds_are_loaded = False
        # selectors of models that are written by the runner: made once, nothing to do in a night
        self._are_there: list[str] = []
        self._source_is_checked = False
        self._views = ""

    def check_source(self) -> None:
        """Settings make sense, and the source has its tables and columns.

        Raises:
            ProjectError: a setting has no sense.
            SourceColumnsError: a table or a required column is missing or has another type.
        """
        found = self.project.invoke(["run-operation", "check_source"], self.options.variables)
        self.notices += found.notices
        self._source_is_checked = True

    def build(self) -> int:
        """Build what is to be built; safe to call again after an error.

        Returns:
            How many models were built.

        Raises:
            RunnerError: one line that says what failed.
        """
        with database.session() as connection:
            step: dict[str, Any] = {}
            first = self._first_build(connection)
            if first is not None:
                first.run()
                step = {"build_step": {"kind": "finish"}}
            self._look(connection)
        try:
            self._invoke(step)
        except RebuildNeeded as needed:
            if self.options.no_rebuild or self._anew:
                raise
            self.reporter.line(f"{needed}: doing so")
            self._anew = True
            self._invoke(step)
        # a run that lost its lock later looks at all models, but builds none anew a second time
        self._anew, self.nodes_left = False, ()
        return len(self.seconds)

    def _first_build(self, connection: psycopg2.extensions.connection) -> FirstBuild | None:
        """The build by months, where one is due: a large source and no tables, or one cut short."""
        options, project = self.options, self.project
        stages = project.schema_of("build_steps")
        if options.full_refresh:
            return None
        build = FirstBuild(
            connection,
            project,
            options.variables,
            stages,
            options.threads,
            self.reporter,
            self.watcher,
        )
        if database.table_exists(connection, stages, "build_steps"):
            query = sql.SQL(database.load_query("build_steps"))
            steps = database.fetch_all(connection, query.format(schema=sql.Identifier(stages)))
            if steps:
                return build if is_unfinished(steps) else None
        if database.table_exists(connection, project.schema_of("app_tracks"), "app_tracks"):
            return None
        schemas = source_schemas({**project.settings(), **options.variables})
        size = database.fetch_all(
            connection, database.load_query("source_size"), {"schemas": schemas}
        )
        return build if size[0]["bytes"] >= options.by_month_from_bytes else None

    def _look(self, connection: psycopg2.extensions.connection) -> None:
        """What is there already, and need not be built."""
        project = self.project
        stored = _settings_in_force(connection, project)
        self._seeds_are_loaded = _seeds_are_loaded(stored, project)
        # vars.reporting may leave some out
        known = project.model_names()
        self._are_there = [
            selector
            for model, selector in (
                ("steps", "path:models/ops"),
                ("forgotten_ids", "path:models/privacy"),
                ("attribution_changes", "attribution_changes"),
                ("data_driven_credit", "data_driven_credit"),
                ("source_rereads", "source_rereads"),
            )
            if model in known and database.table_exists(connection, project.schema_of(model), model)
        ]
        settings = {**project.settings(), **self.options.variables}
        for model, setting in INPUTS.items():
            if stored.get(setting) == "null" and settings.get(setting) is None:
                self._are_there.append(model)
        self._views = project.views_fingerprint(self.options.variables)
        if stored.get("views") == self._views and all(
            database.table_exists(connection, project.schema_of(view), view)
            for view in project.view_names()
        ):
            self._are_there.append("config.materialized:view")

    def _invoke(self, step: dict[str, Any]) -> None:
        options = self.options
        command = ["build", "--threads", str(options.threads)]
        if self.nodes_left:
            command += ["--select", *self.nodes_left]
        elif options.refresh_model:
            command += ["--select", f"{options.refresh_model}+"]
        if self._anew:
            command.append("--full-refresh")
        left_out = self._left_out(bool(step))
        if left_out:
            command += ["--exclude", *left_out]
        if options.no_rebuild:
            step = {**step, "rebuild_on_change": False}
        step = {**step, "views_fingerprint": self._views}
        if self._source_is_checked:
            step = {**step, "source_is_checked": True}
        if options.arrival is not None:
            step = {**step, "arrival_range": list(options.arrival)}
        self.reporter.start_models()
        try:
            outcome = self.project.invoke(command, {**options.variables, **step}, self._listen)
        except ModelsFailed as error:
            self.nodes_left = () if lost_server(error) else error.nodes_left or self.nodes_left
            raise
        finally:
            self.reporter.end_models()
        self.notices += outcome.notices

    def names(self) -> list[str]:
        """What dbt would build now, by name: for a dry run."""
        with database.session() as connection:
            self._look(connection)
        chosen = ["--select", *self.nodes_left] if self.nodes_left else []
        if self.options.refresh_model:
            chosen = ["--select", f"{self.options.refresh_model}+"]
        left_out = self._left_out()
        exclude = ["--exclude", *left_out] if left_out else []
        return self.project.list_nodes([*chosen, *exclude], self.options.variables)

    def _left_out(self, is_finish: bool = False) -> list[str]:
        left_out = list(self._are_there)
        if self._seeds_are_loaded or is_finish:
            left_out += ["build_plan", "build_steps"]
        if self._seeds_are_loaded and not self._anew:
            left_out.append("resource_type:seed")
        if not self.options.full_tests:
            left_out += ["tag:whole_table", "tag:on_demand", "resource_type:unit_test"]
        if {**self.project.settings(), **self.options.variables}["reporting"] is False:
            left_out.append("path:models/reporting")
        return left_out

    def _listen(self, node: NodeEvent) -> None:
        if node.kind == "model" and node.status == "success":
            self.seconds[node.name] = self.seconds.get(node.name, 0.0) + node.seconds
        self.reporter.node(node)
        if node.status != "started":
            self.watcher.node_ended(node)


def source_schemas(settings: Mapping[str, Any]) -> list[str]:
    """The schemas Segment writes to; dbt says what is wrong with a setting that has no sense."""
    sources = settings["segment_sources"]
    return [
        str(source.get("schema"))
        for source in (sources if isinstance(sources, list) else [])
        if isinstance(source, dict)
    ]


def _settings_in_force(
    connection: psycopg2.extensions.connection, project: Project
) -> dict[str, str]:
    """What the tables agree with, as of the last finished run; nothing before the first."""
    schema = project.schema_of("settings_in_force")
    if not database.table_exists(connection, schema, "settings_in_force"):
        return {}
    query = sql.SQL(database.load_query("settings_in_force")).format(schema=sql.Identifier(schema))
    rows = database.fetch_all(connection, query)
    return {row["setting_name"]: row["setting_value"] for row in rows}


def _seeds_are_loaded(stored: Mapping[str, str], project: Project) -> bool:
    """Whether the tables of the seeds hold what their files say."""
    return all(
        stored.get(f"file of seed {name}") == checksum
        for name, checksum in project.seed_checksums().items()
    )
