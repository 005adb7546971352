"""A synthetic history with the traits of the real thing, shared by the demo and the benchmarks."""

from runner.synthetic.scenario import Scenario

__all__ = ["Scenario"]
