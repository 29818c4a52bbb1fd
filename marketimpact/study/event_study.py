"""The event study: a specification that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Literal

from ..alignment.confounders import join_confounders
from ..alignment.pipeline import align
from ..errors import DataError, InputError
from ..market.donors import Donors, check_donors
from ..market.factors import members_of
from ..market.panel import Panel
from ..news.event import Event
from ..news.event_set import EventSet, as_event_set
from .estimates import estimate
from .result import StudyResult
from .spec import Spec

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventStudy"]


@dataclass(frozen=True)
class EventStudy(Spec):
    """An event study: a normal model, a time line, windows and a level; ``run`` applies it.

    Did this dated news move this bond or currency? The abnormal move is the observed move less what the normal
    model, fitted to the estimation window, leads to expect. Its variance holds the error of the fit.

    Parameters
    ----------
    model, timeline, windows, level, move, cluster, policies
        As in `Spec`, which see.

    References
    ----------
    MacKinlay (1997), Event Studies in Economics and Finance, Journal of Economic Literature 35, 13-39.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", place="RU")
    >>> study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3)))
    >>> result = study.run(mi.fetch("ecb:EUR/RUB"), news)
    >>> result.one("invasion")
    PairResult: invasion on EUR/RUB, 2022-02-24: +5.198 % (t = 7.16, used)
    """

    def run(
        self,
        panel: Panel,
        events: EventSet | Event | Iterable[Event],
        *,
        pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
        confounders: EventSet | Event | Iterable[Event] | None = None,
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> StudyResult:
        """Run the study.

        Parameters
        ----------
        panel : Panel
            Instruments, and the factors of the model.
        events : EventSet, Event or iterable of Event
            Dated news.
        pairs : {"all", "place"}, frame or iterable of (event_id, instrument)
            Which event meets which instrument; required when the panel holds more than one instrument.
        confounders : EventSet, Event or iterable of Event, optional
            Other dated news: scheduled releases, auctions, central-bank meetings, other countries' news. Those in a
            pair's event window stand in the ledger, and a pair with one in its headline sessions is flagged; see
            `StudyResult.excluding_confounded`. Estimation windows keep them: scheduled news is part of ordinary days.
        seed : int
            Seed of the permutations; it stands in the result.
        progress : callable, optional
            Called with (done, all) after each step.

        Returns
        -------
        StudyResult
            Pairs that could not be computed stand in its ledger, with the reason.

        Raises
        ------
        InputError
            If pairs are missing, unknown or repeated, a factor is unknown or never varies, or the seed is not a whole
            number from 0.
        """
        if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
            raise InputError(
                "is not a seed", parameter="seed", received=seed, allowed="a whole number from 0"
            )
        steps = progress or (lambda done, total: None)
        self._check_factors(panel)
        alignment = align(
            panel, events, timeline=self.timeline, pairs=pairs, factors=self.model.factors, rule=self.move,
            policies=self.policies,
        )  # fmt: skip
        if confounders is not None:
            alignment = join_confounders(alignment, as_event_set(confounders))
        steps(1, 2)
        alignment, estimates = estimate(alignment, self.window_list, self.model)
        steps(2, 2)
        return StudyResult(self.spec, seed, alignment, estimates)

    @property
    def spec(self) -> Spec:
        """The specification alone."""
        return Spec(**{field.name: getattr(self, field.name) for field in fields(Spec)})

    def _check_factors(self, panel: Panel) -> None:
        """Refuse a factor that never varies: no window could be fitted."""
        for factor in self.model.factors:
            if isinstance(factor, Donors):
                check_donors(panel, factor)
            for name in members_of(factor):
                levels = panel.quotes_of(name).levels
                if (levels == levels[0]).all():
                    raise DataError(
                        "a factor has zero variance: every level is the same",
                        parameter=name,
                        received=float(levels[0]),
                        allowed="a factor that moves",
                    )
