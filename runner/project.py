"""dbt in this process: one import, one parse, then as many invocations as a night needs."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runner import dbt_errors, dbt_events, dbt_flags, dbt_sessions, dbt_templates
from runner.yaml_files import read_yaml

PROJECT_DIR = Path(__file__).resolve().parent.parent

# what dbt logs of an error, for an invocation whose result does not say
ERROR_EVENTS = (
    "MainEncounteredError",
    "RunResultError",
    "LogHookEndLine",
    "RunningOperationCaughtError",
    "RunningOperationUncaughtError",
)

Listener = Callable[["NodeEvent"], None]
DbtListener = Callable[[Any], None]


@dataclass(frozen=True)
class NodeEvent:
    """One model, test or seed that started or ended.

    Attributes:
        rows: that the server says a model wrote; None where it says nothing.
    """

    name: str
    kind: str
    status: str
    seconds: float
    message: str = ""
    rows: int | None = None


@dataclass
class Outcome:
    """What one dbt invocation did.

    Attributes:
        nodes: ended nodes in the order in which they ended.
        notices: lines the project itself logged (a table skipped, a new column).
        listed: what ``dbt ls`` found.
    """

    nodes: list[NodeEvent] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)


class Project:
    """The dbt project with its settings, parsed once.

    Args:
        variables: settings that override ``vars`` of dbt_project.yml.
        directory: folder with dbt_project.yml; the checkout by default.
        state: folder for dbt's own files (its parse, compiled SQL); DBT_TARGET_PATH, or ``target``
            in the project, by default.
    """

    def __init__(
        self,
        variables: Mapping[str, Any] | None = None,
        directory: Path = PROJECT_DIR,
        state: Path | None = None,
    ) -> None:
        self.variables = dict(variables or {})
        self.directory = directory
        self.state = state or Path(os.environ.get("DBT_TARGET_PATH") or directory / "target")
        # is given each event of dbt's own, as dbt makes it
        self.on_dbt_event: DbtListener | None = None
        # and those for debugging too, if this is set
        self.wants_debug = False
        self._manifest: Any = None
        self._templates = dbt_templates.Templates(self.state)
        self._settings: dict[str, Any] | None = None

    def _profiles(self) -> Path:
        """The folder of profiles.yml; the example serves as it is where nobody wrote one."""
        named = os.environ.get("DBT_PROFILES_DIR")
        if named:
            folder = Path(named)
        elif (self.directory / "profiles.yml").exists():
            folder = self.directory
        else:
            folder = self.state / "profiles"
            folder.mkdir(parents=True, exist_ok=True)
            # in one step, for another run may read it now
            copy = folder / f"{os.getpid()}.yml"
            shutil.copy(self.directory / "profiles.yml.example", copy)
            copy.replace(folder / "profiles.yml")
        if (folder / "profiles.yml").exists():
            # of a fault dbt would quote the lines around it
            read_yaml(folder / "profiles.yml")
        return folder

    def invoke(
        self,
        arguments: Sequence[str],
        variables: Mapping[str, Any] | None = None,
        listener: Listener | None = None,
    ) -> Outcome:
        """Run one dbt command in this process.

        Args:
            arguments: the command and its options, as after ``dbt``.
            variables: settings of this invocation only.
            listener: called as each model, test or seed starts and ends.

        Raises:
            ProjectError: the project does not load, or a setting has no sense.
            SourceColumnsError: the check of the source's columns stopped the run.
            ModelsFailed: a model failed; the line names the first, and the error the nodes left.
            VerificationFailed: a data test failed.
        """
        from dbt.cli.main import dbtRunner

        dbt_errors.carry_sqlstates()
        dbt_flags.name_flag_sources()
        dbt_sessions.keep_sessions()
        self._forget_compiled()
        outcome = Outcome()
        collect = _Collector(outcome, listener)
        command = [
            *arguments,
            *_quiet_options(self.state),
            "--project-dir", str(self.directory),
            "--profiles-dir", str(self._profiles()),
            "--vars", _as_yaml({**self.variables, **(variables or {})}),
        ]  # fmt: skip
        callbacks = [collect, *([self.on_dbt_event] if self.on_dbt_event else [])]
        runner = dbtRunner(manifest=self._manifest, callbacks=callbacks)
        with (
            dbt_events.only_needed_events(self.wants_debug),
            dbt_sessions.closed_sessions(),
            dbt_templates.kept_templates(self._templates),
        ):
            result = runner.invoke(command)
        self._keep_manifest(result)
        if isinstance(result.result, list):
            outcome.listed = result.result
        if isinstance(result.exception, KeyboardInterrupt):
            raise result.exception
        if not result.success:
            raise dbt_errors.failure(result, collect.errors)
        return outcome

    def list_nodes(
        self, arguments: Sequence[str], variables: Mapping[str, Any] | None = None
    ) -> list[str]:
        """Names of the nodes that a selection of ``dbt build`` holds, in no order.

        Raises:
            ProjectError: the selection names nothing.
        """
        command = ["ls", "--resource-types", "model", "seed", "test", "unit_test"]
        command += ["--output", "name", *arguments]
        # dbt prints what it returns as well
        with contextlib.redirect_stdout(io.StringIO()):
            outcome = self.invoke(command, variables)
        return sorted(outcome.listed)

    def _keep_manifest(self, result: Any) -> None:
        """Later invocations skip the parse; settings are still read anew in each."""
        if self._manifest is not None:
            return
        found = getattr(result, "result", None)
        manifest = getattr(found, "manifest", None)
        if manifest is None and hasattr(found, "nodes"):
            manifest = found
        self._manifest = manifest

    def _forget_compiled(self) -> None:
        """dbt leaves its compiled SQL on the manifest; each invocation starts without it."""
        for node in self._manifest.nodes.values() if self._manifest is not None else ():
            if node.resource_type != "seed" and hasattr(node, "extra_ctes_injected"):
                node.extra_ctes_injected = False
                node.extra_ctes = []
                node.compiled = False
                node.compiled_code = None

    def parse(self) -> None:
        """Read the project once; nothing is run."""
        if self._manifest is None:
            self.invoke(["parse"])

    def settings(self) -> dict[str, Any]:
        """All settings with the values of dbt_project.yml, read once."""
        if self._settings is None:
            self._settings = read_yaml(self.directory / "dbt_project.yml").get("vars") or {}
        return dict(self._settings)

    def schema_of(self, model: str) -> str:
        """The schema of a model on this target."""
        self.parse()
        return next(node.schema for node in self._manifest.nodes.values() if node.name == model)

    def model_names(self) -> set[str]:
        """The names of all models."""
        return {node.name for node in self._models()}

    def schemas(self) -> list[str]:
        """The schemas that hold models on this target."""
        return sorted({node.schema for node in self._models() if not node.is_ephemeral_model})

    def _models(self) -> list[Any]:
        self.parse()
        return [one for one in self._manifest.nodes.values() if one.resource_type == "model"]

    def seed_checksums(self) -> dict[str, str]:
        """The checksum of each seed's file, by the seed's name."""
        self.parse()
        return {
            node.name: node.checksum.checksum
            for node in self._manifest.nodes.values()
            if node.resource_type == "seed"
        }

    def view_names(self) -> list[str]:
        """The names of the models that are views."""
        return [node.name for node in self._models() if node.config.materialized == "view"]

    def views_fingerprint(self, variables: Mapping[str, Any]) -> str:
        """What the definitions of the views are made of: code, macros and settings."""
        views = sorted(
            f"{node.name} {node.checksum.checksum}"
            for node in self._models()
            if node.config.materialized == "view"
        )
        macros = sorted(
            macro.macro_sql
            for macro in self._manifest.macros.values()
            if macro.package_name == self._manifest.metadata.project_name
        )
        settings = json.dumps({**self.settings(), **variables}, sort_keys=True, default=str)
        return hashlib.md5(
            "\n".join([*views, *macros, settings]).encode(), usedforsecurity=False
        ).hexdigest()


class _Collector:
    """Takes what a night wants to know out of dbt's stream of events."""

    def __init__(self, outcome: Outcome, listener: Listener | None) -> None:
        self.outcome = outcome
        self.listener = listener
        self.errors: list[str] = []

    def __call__(self, event: Any) -> None:
        name = event.info.name
        if name == "NodeStart":
            self._tell(_node_event(event.data.node_info, "started"))
        elif name == "NodeFinished":
            info = event.data.node_info
            node = _node_event(info, event.data.run_result.status, event.data.run_result)
            self.outcome.nodes.append(node)
            self._tell(node)
        elif name == "JinjaLogInfo" and event.data.msg.startswith("notice: "):
            self.outcome.notices.append(event.data.msg.removeprefix("notice: "))
        elif name in ERROR_EVENTS:
            text = getattr(event.data, "exc", "") or getattr(event.data, "msg", "")
            if text:
                self.errors.append(text)

    def _tell(self, node: NodeEvent) -> None:
        if self.listener is not None:
            self.listener(node)


def _node_event(info: Any, status: str, result: Any = None) -> NodeEvent:
    return NodeEvent(
        name=info.node_name,
        kind=info.resource_type,
        status=status,
        seconds=float(getattr(result, "execution_time", 0.0) or 0.0),
        message=str(getattr(result, "message", "") or ""),
        rows=_rows_of(result),
    )


def _rows_of(result: Any) -> int | None:
    """What the adapter says of the rows a node wrote; a new table's are not told."""
    response = getattr(result, "adapter_response", None)
    if response is None or "rows_affected" not in response:
        return None
    return max(int(response["rows_affected"]), 0)


def _as_yaml(variables: Mapping[str, Any]) -> str:
    """Settings as dbt reads them: as YAML, which takes JSON but for its pairs of surrogates."""
    text = json.dumps(variables)
    return re.sub(
        r"\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}", lambda pair: json.loads(f'"{pair[0]}"'), text
    )


def _quiet_options(state: Path) -> list[str]:
    return [
        "--quiet",
        "--no-write-json",
        "--log-level-file", "none",
        "--log-level", "none",
        "--no-use-colors",
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
        "--target-path", str(state),
        "--log-path", str(state),
    ]  # fmt: skip
