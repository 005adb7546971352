"""Tables of numpy columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Self

import numpy as np


class Columns:
    """Base of frozen dataclasses whose fields are columns of one length."""

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]

    def take(self, rows: Any) -> Self:
        """These rows (numbers, a mask or a slice), in this order."""
        names = [one.name for one in fields(self)]  # type: ignore[arg-type]
        return type(self)(**{name: getattr(self, name)[rows] for name in names})

    @classmethod
    def join(cls, tables: Sequence[Self]) -> Self:
        """One table below the other."""
        names = [one.name for one in fields(cls)]  # type: ignore[arg-type]
        return cls(
            **{name: np.concatenate([getattr(one, name) for one in tables]) for name in names}
        )
