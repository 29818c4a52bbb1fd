"""What a study asks: model, time line, windows, level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..alignment.policies import Policies
from ..errors import InputError
from ..timeline import Timeline, Window, window
from .models import ConstantMean, NormalModel

__all__ = ["DEFAULT_WINDOWS", "Spec"]

DEFAULT_WINDOWS: tuple[Window, ...] = ((0, 0), (0, 1), (-1, 1), (-5, 5))


@dataclass(frozen=True)
class Spec:
    """What a study asks; see `EventStudy`, which adds ``run``.

    Parameters
    ----------
    model : NormalModel
        The normal model: `ConstantMean`, `MarketModel`, `MarketAdjusted`, `FactorModel`, `BenchmarkSpread`,
        `DimsonModel`, `ScholesWilliams`, `VolatilityStandardized`, `DonorAverage`, `DonorComponents` or
        `SyntheticControl`.
    timeline : Timeline
        Estimation and event window.
    windows : tuple of (int, int), optional
        Windows over which abnormal moves are summed, both ends inclusive. By default (0, 0), (0, 1), (-1, 1) and
        (-5, 5), as far as they lie within the event window, and the event window itself.
    level : float
        Level of intervals and bands.
    move : {"log", "simple"}
        How prices and currencies move; yields are always differenced.
    cluster : {"overlap", None}
        ``"overlap"``: pairs whose event windows share days count as one observation across events. ``None``: pairs
        count as independent, and every number that rests on it says so; several bonds of one issuer on one event stay
        one observation (or average them first: `issuer_average`).
    policies : Policies
        What to do where the news and the market do not fit.

    Raises
    ------
    InputError
        If a window leaves the event window, the level is not in [0.5, 1), or a choice is unknown.
    """

    model: NormalModel = ConstantMean()
    timeline: Timeline = Timeline()
    windows: tuple[Window, ...] | None = None
    level: float = 0.95
    move: Literal["log", "simple"] = "log"
    cluster: Literal["overlap"] | None = "overlap"
    policies: Policies = Policies()

    def __post_init__(self) -> None:
        if not isinstance(self.model, NormalModel):
            raise InputError(
                "is not a normal model",
                parameter="EventStudy.model",
                received=self.model,
                allowed="ConstantMean(), MarketModel(benchmark), FactorModel(factors), BenchmarkSpread(benchmark),"
                " MarketAdjusted(benchmark), DimsonModel(benchmark), ScholesWilliams(benchmark),"
                " VolatilityStandardized(model), DonorAverage(donors), DonorComponents(donors, n),"
                " SyntheticControl(donors)",
            )
        if not isinstance(self.timeline, Timeline):
            raise InputError(
                "is not a time line",
                parameter="EventStudy.timeline",
                received=self.timeline,
                allowed="Timeline(...)",
            )
        if not isinstance(self.policies, Policies):
            raise InputError(
                "is not a set of policies",
                parameter="EventStudy.policies",
                received=self.policies,
                allowed='Policies(roll="previous", ...)',
            )
        object.__setattr__(self, "windows", self._checked_windows())
        number = isinstance(self.level, float) and 0.5 <= self.level < 1.0
        if not number:
            raise InputError(
                "is not a level",
                parameter="EventStudy.level",
                received=self.level,
                allowed="0.5 <= level < 1",
            )
        for name, allowed in (("move", ("log", "simple")), ("cluster", ("overlap", None))):
            if getattr(self, name) not in allowed:
                raise InputError(
                    "is not known",
                    parameter=f"EventStudy.{name}",
                    received=getattr(self, name),
                    allowed=", ".join(map(repr, allowed)),
                )

    def _checked_windows(self) -> tuple[Window, ...]:
        first, last = self.timeline.event
        if self.windows is None:
            inside = [one for one in DEFAULT_WINDOWS if first <= one[0] and one[1] <= last]
            return tuple(dict.fromkeys([*inside, (first, last)]))
        if not isinstance(self.windows, tuple | list):
            raise InputError(
                "is not a list of windows",
                parameter="EventStudy.windows",
                received=self.windows,
                allowed="pairs of (first, last), or None for the usual ones",
            )
        asked = tuple(window(one, "EventStudy.windows") for one in self.windows)
        for one in asked:
            if one[0] < first or one[1] > last:
                raise InputError(
                    f"a window leaves the event window {self.timeline.event}",
                    parameter="EventStudy.windows",
                    received=one,
                    allowed="windows within Timeline(event=...)",
                )
        if not asked or len(set(asked)) < len(asked):
            raise InputError(
                "needs windows that do not repeat", parameter="EventStudy.windows", received=list(asked)
            )
        return asked

    @property
    def window_list(self) -> tuple[Window, ...]:
        """The windows, never None."""
        return self.windows or ()
