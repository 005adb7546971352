"""What to do about an error that the server or its surroundings cause, by SQLSTATE."""

from __future__ import annotations

from runner.retrying import CONNECTION_LOST, sqlstate_of

NEXT_STEPS = {
    "25006": "the server is a read-only standby, or the role is read-only: name the primary with "
    "PGHOST, or look at default_transaction_read_only",
    "53100": "make room on the server's disk, then run again",
    "53200": "the server is out of memory: run again with --threads 1, or with less work_mem",
    "53300": "end sessions that are not needed, or raise max_connections or the role's limit",
    "53400": "raise that limit for the role, or give it more work_mem",
    "57014": "look at statement_timeout in PGOPTIONS, or who cancelled it, then run again",
    "57P01": "run again when the server is up",
    "57P02": "run again when the server is up",
    "57P03": "run again when the server is up",
    CONNECTION_LOST: "run again when the server is up",
}


def with_next_step(line: str, error: BaseException) -> str:
    """The line of an error, and what to do where the server or its surroundings are the cause."""
    step = NEXT_STEPS.get(sqlstate_of(error) or "")
    return f"{line}; {step}" if step and ";" not in line else line
