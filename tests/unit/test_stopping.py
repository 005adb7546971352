"""A signal ends what runs, once, wherever it comes."""

from __future__ import annotations

import os
import signal
import time

import pytest

from runner.stopping import SIGNALS, Stopped, stopped_by_signals


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_stops_and_those_behind_it_do_not_disturb(number: int) -> None:
    before = signal.getsignal(number)
    cleared_up = False
    try:
        with pytest.raises(Stopped) as caught, stopped_by_signals() as stopping:
            try:
                os.kill(os.getpid(), number)
                time.sleep(5)
            finally:
                os.kill(os.getpid(), number)
                time.sleep(0.01)
                cleared_up = True
        assert caught.value.exit_code == stopping.exit_code == 128 + number
        assert cleared_up
        # an impatient Ctrl-C on the way out does not change the exit code
        assert signal.getsignal(number) == signal.SIG_IGN
    finally:
        signal.signal(number, before)


def test_one_inside_another_is_the_same() -> None:
    handler = signal.getsignal(signal.SIGTERM)
    with stopped_by_signals() as outer:
        with stopped_by_signals() as inner:
            assert inner is outer
        assert signal.getsignal(signal.SIGTERM) != handler
        assert not outer.is_on
    assert signal.getsignal(signal.SIGTERM) == handler


class Finalized:
    """An object that is hit by a signal while Python finalizes it."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)


def test_a_signal_that_python_drops_comes_again() -> None:
    before = signal.getsignal(signal.SIGTERM)
    reached = []
    try:
        with pytest.raises(Stopped) as caught, stopped_by_signals() as stopping:
            thing = Finalized()
            del thing
            reached.append("behind it")
            time.sleep(5)
            reached.append("the end")
        assert reached == ["behind it"]
        assert caught.value.exit_code == 128 + signal.SIGTERM
        assert stopping.is_on
    finally:
        signal.signal(signal.SIGTERM, before)
