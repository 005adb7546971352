"""Errors a user can cause: one line that names the thing, its place and the next step."""


class RunnerError(Exception):
    """Base of every error that is shown as one line, without traceback.

    Attributes:
        exit_code: what the process ends with.
    """

    exit_code = 1


class ConnectionFailed(RunnerError):
    """The database cannot be reached or refuses the login."""


class ProjectError(RunnerError):
    """dbt could not load the project, or a setting has no sense."""

    exit_code = 2


class SourceColumnsError(RunnerError):
    """A source table or a required column is missing or has another type."""

    exit_code = 5


class ModelsFailed(RunnerError):
    """One or more models or tests failed."""


class RebuildNeeded(RunnerError):
    """A changed setting asks for tables to be built anew, and the run may not do it by itself."""

    exit_code = 2
