"""A synthetic history with the traits of the real thing, shared by the demo and the benchmarks."""

from runner.synthetic.scenario import Scenario
from runner.synthetic.shop import SHOP_INPUTS

__all__ = ["SHOP_INPUTS", "Scenario"]
