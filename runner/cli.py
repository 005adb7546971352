"""The command line: every command, from the modules of ``runner.commands``."""

from __future__ import annotations

import click

from runner import __version__
from runner.commands.activity import ps, rm, show
from runner.commands.alert import alert
from runner.commands.attribute import attribute
from runner.commands.check import check
from runner.commands.demo import demo
from runner.commands.doctor import doctor
from runner.commands.explain import explain
from runner.commands.forget import forget
from runner.commands.locks import locks
from runner.commands.nightly import nightly
from runner.commands.reindex import reindex
from runner.commands.rollover import rollover


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="segment_attribution")
def main() -> None:
    """Where did each signed-up user come from: Segment tables in, attribution tables out."""


for _command in (
    *(nightly, ps, show, rm, locks, rollover, check, reindex),
    *(doctor, alert, forget, demo, attribute, explain),
):
    main.add_command(_command)
