"""The contract of the tables, read once more in plain Python.

Shares no code with the SQL and does nothing clever: every rule is written the way the contract
words it, over lists and dictionaries, so that a reader can hold one against the other.
"""

from tests.reference.settings import Settings
from tests.reference.tables import Tables, contract_tables

__all__ = ["Settings", "Tables", "contract_tables"]
