"""``python -m runner attribute``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from runner.commands.activity import json_option, print_json
from runner.commands.errors import errors_in_one_line
from runner.commands.maintenance import database_errors, print_table
from runner.options import DATA_DRIVEN_MODELS

if TYPE_CHECKING:
    from runner.attribute import Result


@click.command()
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Choice(DATA_DRIVEN_MODELS),
    help="Only this model, and only its rows are replaced; may be given more than once.",
)
@json_option
@errors_in_one_line
def attribute(models: tuple[str, ...], as_json: bool) -> None:
    """Credit signups to channels by all journeys, those without a signup too.

    Writes reporting.data_driven_credit, in the place of what was computed before.
    vars.attribution_models says which models; where it names none of them, all are computed.
    """
    from runner import attribute as logic
    from runner.project import Project

    with database_errors("attribute"):
        result = logic.attribute(models, Project().settings())
    if as_json:
        print_json(result.as_dict())
        return
    _print(result)


def _print(result: Result) -> None:
    models = list(dict.fromkeys(one.attribution_model for one in result.credits))
    signups = {(one.channel, one.attribution_model): one.signups for one in result.credits}
    by_first = {one.channel: -one.signups for one in reversed(result.credits)}
    channels = sorted(by_first, key=lambda channel: (by_first[channel], channel))
    rows = [
        (channel, *(f"{signups[channel, model]:,.1f}" for model in models)) for channel in channels
    ]
    print_table(("channel", *models), [*rows, _sums("all", signups, models)])
    parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in result.seconds.items())
    print(
        f"signups: {result.total_signups:,} of {result.total_journeys:,} people; "
        f"{sum(result.seconds.values()):.1f} s: {parts}"
    )


def _sums(name: str, signups: dict[tuple[str, str], float], models: list[str]) -> tuple[str, ...]:
    sums = {
        model: sum(one for (_, other), one in signups.items() if other == model) for model in models
    }
    return (name, *(f"{sums[model]:,.1f}" for model in models))
