"""A person leaves: their rows go in one transaction, their ids are blocked, the models follow.

Killed before the transaction ends, nothing has happened; killed after it, the next run of the
models brings the tables of others up to date, as after any run that was cut short.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from psycopg2 import sql

from runner import database
from runner.console import Reporter
from runner.errors import ForgetError, RunnerError, VerificationFailed
from runner.first_build import is_unfinished
from runner.forget_person import MODELS, REPORTING_MODELS, Person, Records, clean_ids, transaction
from runner.forget_source import Source
from runner.night_models import Models
from runner.nightly import Night
from runner.options import NightlyOptions
from runner.project import Project
from runner.steps import Steps
from runner.stopping import SESSION_OPTIONS, session_options

RETRY_FOR = timedelta(minutes=10)


class Forgetting(Night):
    """One run that removes a person, under the run lock.

    Args:
        named: ids as the project keeps them.
        with_source: delete from the raw source too.
        options: of the models that follow.
        reporter: where progress is shown.
        project: the parsed project.
    """

    def __init__(
        self,
        named: Sequence[str],
        with_source: bool,
        options: NightlyOptions,
        reporter: Reporter,
        project: Project,
    ) -> None:
        super().__init__(options, reporter, project)
        # what the run was told stays out of its log: it names the person
        self.log.command = f'{{"forget": {len(named)}, "source": {str(with_source).lower()}}}'
        self.named = named
        self.with_source = with_source
        self.removed = Person(list(named))

    def _do(self, steps: Steps) -> None:
        steps.do("locks", self._wait_for_locks, lambda waited: None)
        with database.session() as connection:
            records = _records(connection, self.project)
            unfinished = records.is_unfinished()
        if unfinished:
            # who is whose is known once the run before has ended
            steps.do("models before", Models(self.project, self.options, self.reporter).build, int)
        steps.do("forget", self._remove, lambda removed: sum(removed.rows.values()))
        try:
            steps.do("models", self.models.build, lambda built: built)
            self.summary.models = self.models.seconds
            steps.do("verify", self._verify, lambda faults: faults)
        except RunnerError as error:
            error.args = (
                f"{error}; the rows are removed and the ids blocked: what others shared with them "
                "follows in the next nightly",
            )
            raise
        self._check_gone()

    def _remove(self) -> Person:
        with database.session() as connection:
            records = _records(connection, self.project)
            with transaction(connection):
                person = records.choose(self.named)
                source = Source(records, self.settings["segment_sources"])
                rows = records.remove()
                source_rows = {}
                if self.with_source:
                    source.check_rights()
                    source_rows = source.delete()
                source.note_rereads()
        self.removed = replace(person, rows=rows, source_rows=source_rows)
        return self.removed

    def _check_gone(self) -> None:
        """Look once more.

        Raises:
            VerificationFailed: a table still names one of the ids.
        """
        with database.session() as connection:
            records = _records(connection, self.project)
            records.choose(self.removed.ids)
            left = records.left()
        if left:
            tables = ", ".join(f"{name} ({number})" for name, number in left.items())
            raise VerificationFailed(
                f"forget: rows are left in {tables}; run the same command again"
            )


def look(
    named: Sequence[str], with_source: bool, variables: Mapping[str, Any], project: Project
) -> Person:
    """Who would leave, and how many rows of each table; nothing is written.

    Args:
        named: user ids and anonymous ids, as they were given.
        with_source: count in the raw source too.
        variables: settings over those of dbt_project.yml.
        project: the parsed project.

    Raises:
        ForgetError: an id stands for nobody, or there are no tables yet.
    """
    settings = {**project.settings(), **variables}
    named = clean_ids(named, settings["blocked_ids"])
    with database.session() as connection:
        _check_built(connection, project)
        records = _records(connection, project)
        person = records.choose(named)
        source = Source(records, settings["segment_sources"])
        if with_source:
            source.check_rights()
        return replace(
            person, rows=records.count(), source_rows=source.count() if with_source else {}
        )


def forget(
    named: Sequence[str],
    with_source: bool = False,
    variables: Mapping[str, Any] | None = None,
    reporter: Reporter | None = None,
    project: Project | None = None,
) -> Person:
    """Remove a person from every table, and block the ids.

    Args:
        named: user ids and anonymous ids, as they were given.
        with_source: delete from the raw source too.
        variables: settings over those of dbt_project.yml.
        reporter: where progress is shown; nowhere by default.
        project: the parsed project, to reuse it in one process.

    Returns:
        What was removed.

    Raises:
        AnotherRun: a run goes on.
        RunnerError: one line that says what failed and what to do.
    """
    variables = dict(variables or {})
    project = project or Project(variables)
    named = clean_ids(named, {**project.settings(), **variables}["blocked_ids"])
    options = NightlyOptions(variables=variables, no_rebuild=True, retry_for=RETRY_FOR)
    with session_options(SESSION_OPTIONS):
        with database.session() as connection:
            _check_built(connection, project)
        run = Forgetting(named, with_source, options, reporter or Reporter(quiet=True), project)
        run.run()
    return run.removed


def _records(connection: Any, project: Project) -> Records:
    places = {model: project.schema_of(model) for model in MODELS}
    for model in project.model_names() & set(REPORTING_MODELS):
        schema = project.schema_of(model)
        if database.table_exists(connection, schema, model):
            places[model] = schema
    return Records(connection, places)


def _check_built(connection: Any, project: Project) -> None:
    """Whether there are tables to forget somebody from.

    Raises:
        ForgetError: a first build has not ended, or the tables are those of an older version.
    """
    stages = project.schema_of("build_steps")
    for model in MODELS:
        if not database.table_exists(connection, project.schema_of(model), model):
            raise ForgetError(
                f"forget: there is no table {project.schema_of(model)}.{model} yet; "
                "run once: python -m runner nightly"
            )
    query = sql.SQL(database.load_query("build_steps")).format(schema=sql.Identifier(stages))
    steps = database.fetch_all(connection, query)
    if is_unfinished(steps):
        raise ForgetError(
            "forget: the first build is not finished; finish it with: python -m runner nightly"
        )
