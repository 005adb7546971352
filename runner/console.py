"""What a person sees: progress on a terminal, plain lines otherwise, tables at the end."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.table import Table

from runner.masking import masked
from runner.project import NodeEvent


class Reporter:
    """Shows a run's steps as they start and end.

    Args:
        console: where to; standard output by default.
        quiet: errors only.
    """

    def __init__(self, console: Console | None = None, quiet: bool = False) -> None:
        self.console = console or Console(soft_wrap=True, highlight=False)
        self.quiet = quiet
        self._progress: Progress | None = None
        self._task = None

    def line(self, text: str) -> None:
        """One line of text."""
        if not self.quiet:
            self.console.print(masked(text), markup=False)

    def start_models(self) -> None:
        """dbt begins: a bar on a terminal, a line each otherwise."""
        if self.quiet or not self.console.is_terminal:
            return
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Elapsed(),
            console=self.console,
            transient=True,
        )
        self._progress.start()
        self._task = self._progress.add_task("dbt", total=None)

    def node(self, event: NodeEvent) -> None:
        """A model, seed or test started or ended."""
        if self.quiet:
            return
        if self._progress is not None:
            if event.status == "started":
                self._progress.update(self._task, description=event.name)
            else:
                self._progress.advance(self._task)
        elif event.status != "started" and event.kind == "model":
            self.line(f"  {event.name:<28} {event.status:<8} {event.seconds:6.2f} s")

    def end_models(self) -> None:
        """dbt is done."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table; numbers to the right."""
        if self.quiet:
            return
        table = Table(title=title, title_justify="left", title_style="bold")
        numeric = [
            bool(rows) and all(isinstance(row[index], (int, float)) for row in rows)
            for index in range(len(columns))
        ]
        for name, is_number in zip(columns, numeric, strict=True):
            table.add_column(name, justify="right" if is_number else "left")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        self.console.print(table)


def _cell(value: object) -> str:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return str(value)


def error_line(text: str) -> None:
    """One line on standard error."""
    print(f"error: {masked(text)}", file=sys.stderr)
