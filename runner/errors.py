"""Errors a user can cause: one line that names the thing, its place and the next step."""


class RunnerError(Exception):
    """Base of every error that is shown as one line, without traceback.

    Attributes:
        exit_code: what the process ends with.
        sqlstate: what the server called it, where it came from there.
    """

    exit_code = 1

    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class ConnectionFailed(RunnerError):
    """The database cannot be reached or refuses the login."""


class ProjectError(RunnerError):
    """dbt could not load the project, or a setting has no sense."""

    exit_code = 2


class SourceColumnsError(RunnerError):
    """A source table or a required column is missing or has another type."""

    exit_code = 5


class ModelsFailed(RunnerError):
    """One or more models failed.

    Attributes:
        nodes_left: these and what waited behind them; empty where dbt did not get as far as
            models, and where a lost server may have taken back what others did.
    """

    def __init__(
        self, message: str, sqlstate: str | None = None, nodes_left: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, sqlstate)
        self.nodes_left = nodes_left


class AnotherRun(RunnerError):
    """Someone else holds the run lock."""

    exit_code = 3


class RunLockLost(RunnerError):
    """The connection that held the run lock died: what was under way is ended."""


class RebuildNeeded(RunnerError):
    """A changed setting asks for tables to be built anew, and the run may not do it by itself."""

    exit_code = 2


class VerificationFailed(RunnerError):
    """A test of the data failed, or a check found an error that is not mended."""

    exit_code = 6


class NothingToResume(RunnerError):
    """The run before ended well, or there was none."""

    exit_code = 2


class BlockedByLocks(RunnerError):
    """Locks that others hold were not given up in time."""

    exit_code = 4


class WorkerDied(RunnerError):
    """A process that built a month is gone."""


class StepFailed(RunnerError):
    """A step of the runner's own failed in the database."""


class ForgetError(RunnerError):
    """Nobody can be forgotten as it was asked for."""

    exit_code = 2


class CreditError(RunnerError):
    """Signups cannot be credited by the models that weigh channels by all journeys."""

    exit_code = 2


class ExplainError(RunnerError):
    """Nobody is known by the id, or the tables that tell of people are not there."""

    exit_code = 2
