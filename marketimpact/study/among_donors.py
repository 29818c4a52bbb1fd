"""A synthetic control judged among its donors: each of them in the place of the instrument that the news hit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..maths.frozen import Frozen
from ..maths.outcome import Outcome, not_applicable
from ..maths.synthetic_control import (
    SYNTHETIC_CAR,
    SYNTHETIC_RMSPE,
    PlaceboControls,
    placebo_controls,
    placebo_rank,
)
from ..timeline import Window
from ..units import MoveKind
from .models_donors import SyntheticControl
from .result import StudyResult
from .summary import ILLUSTRATIVE, Summary, p_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DonorPlacebos", "donor_placebos"]

MISSING = "a move of the window is missing"

ALIKE = (
    "p is exact where the news moved nobody and the series are exchangeable: donors whose moves are of another kind"
    " (pegs, other markets) make it worthless"
)


@dataclass(frozen=True, slots=True, eq=False)
class DonorPlacebos(Frozen):
    """One event on one instrument, and the same synthetic control for each of its J donors.

    Attributes
    ----------
    event_id : str
    series : tuple of str
        The instrument, then its donors in the order of their names; donors that stand still before the event are none.
    kind : MoveKind
        Kind and unit of the moves.
    taus : ndarray of int, shape (L2,)
    moves : ndarray, shape (L2,)
        Observed moves of the instrument [unit of the kind].
    controls : PlaceboControls
        Weights, errors before the event, and abnormal moves over the event window, of each series.
    windows : tuple of (int, int)
        The headline, then the study's other windows.
    outcomes : tuple of Outcome
        Two for each window: by the size of the CAR over the pre-event RMSPE, and by the RMSPE of the window over it.
    stamp : str or None
        Word to stamp: a series was not observed.

    See Also
    --------
    donor_placebos : makes it.
    """

    event_id: str
    series: tuple[str, ...]
    kind: MoveKind
    taus: NDArray[np.int64]
    moves: NDArray[np.float64]
    controls: PlaceboControls
    windows: tuple[Window, ...]
    outcomes: tuple[Outcome, ...]
    stamp: str | None

    @property
    def weights(self) -> dict[str, float]:
        """Weight of each donor in the instrument's control, the largest first; those without weight are left away."""
        found = zip(self.series[1:], self.controls.weights[0].tolist(), strict=True)
        return dict(sorted(((name, w) for name, w in found if w > 0.0), key=lambda one: (-one[1], one[0])))

    @property
    def counterfactual(self) -> NDArray[np.float64]:
        """What the instrument would have moved as its donors did: sum_j w_j d_jt, shape (L2,) [unit of the kind]."""
        return np.asarray(self.moves - self.controls.abnormal[0])

    def one(self, window: Window, test: str = SYNTHETIC_CAR) -> Outcome:
        """Give the outcome of one window.

        Raises
        ------
        InputError
            If the window or the test is none of these.
        """
        for at, outcome in zip(np.repeat(np.arange(len(self.windows)), 2), self.outcomes, strict=True):
            if self.windows[at] == window and outcome.test == test:
                return outcome
        raise InputError(
            "is not among the tests",
            parameter="window, test",
            received=(window, test),
            allowed=f"{list(dict.fromkeys(self.windows))} with {SYNTHETIC_CAR!r} or {SYNTHETIC_RMSPE!r}",
        )

    def to_frame(self) -> pd.DataFrame:
        """Give one row a window and series, the instrument first.

        Returns
        -------
        DataFrame
            Columns ``event_id, series, treated, tau_from, tau_to, car, fit_error`` [unit], ``car_ratio, rmspe_ratio,
            unit``.
        """
        import pandas as pd

        parts = []
        for first, last in self.windows:
            inside = self._over((first, last))
            parts.append(
                pd.DataFrame(
                    {
                        "event_id": self.event_id,
                        "series": self.series,
                        "treated": np.arange(len(self.series)) == 0,
                        "tau_from": first,
                        "tau_to": last,
                        "car": inside.abnormal.sum(axis=1),
                        "fit_error": inside.fit_error,
                        "car_ratio": inside.car_ratio,
                        "rmspe_ratio": inside.rmspe_ratio,
                        "unit": self.kind.unit,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def _over(self, window: Window) -> PlaceboControls:
        inside = (self.taus >= window[0]) & (self.taus <= window[1])
        return replace(self.controls, abnormal=self.controls.abnormal[:, inside])

    def summary(self) -> Summary:
        """Say it: text in a terminal, HTML in Jupyter."""
        scale, unit = self.kind.scale, self.kind.display_unit
        head = [
            f"{self.event_id} on {self.series[0]}: synthetic control of {len(self.series) - 1} donors",
            "Weights: " + ", ".join(f"{name} {w:.2f}" for name, w in self.weights.items()),
            f"Before the event it misses by {self.controls.fit_error[0] * scale:.3g} {unit} a session (RMSPE)",
        ]
        if self.stamp:
            head.append(ILLUSTRATIVE.format(stamp=self.stamp))
        rows = []
        for w, window in enumerate(self.windows):
            of_car, of_rmspe = self.outcomes[2 * w : 2 * w + 2]
            car = float(self._over(window).abnormal[0].sum()) * scale
            rows.append(
                (
                    f"({window[0]}, {window[1]})" + (" headline" if w == 0 else ""),
                    f"{car:+.3g} {unit}",
                    p_words(of_car.p_value) if of_car.applies else of_car.reason,
                    p_words(of_rmspe.p_value) if of_rmspe.applies else of_rmspe.reason,
                )
            )
        said = next((one.note for one in self.outcomes if one.applies), "")
        tail = [f"Placebos: {said}."] if said else []
        return Summary(
            tuple(head), ("window", "CAR", "p (CAR)", "p (RMSPE)"), tuple(rows), (*tail, f"{ALIKE}.")
        )

    def __repr__(self) -> str:
        first = self.outcomes[0]
        p = f"p = {first.p_value:.3g}, at least {first.p_floor:.3g}" if first.applies else first.reason
        return f"DonorPlacebos: {self.event_id} on {self.series[0]}, {len(self.series) - 1} donors: {p}"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


def donor_placebos(result: StudyResult, event_id: str, instrument: str | None = None) -> DonorPlacebos:
    """Judge a synthetic control among its donors: would a series that the news did not hit look as unusual?

    Each donor is put in the instrument's place, with a control of the other donors fitted to the same sessions before
    the event; the instrument stands in none of them. Ranked is what a series left its control by after the event, over
    what it left it by before. With J donors p is at least 1 / (1 + J): for .05 there must be 19. Where fewer than all
    moves of a window are known it is not tested.

    Parameters
    ----------
    result : StudyResult
        Of a study with the model `SyntheticControl`.
    event_id : str
    instrument : str, optional
        May be left out where the event met one instrument only.

    Returns
    -------
    DonorPlacebos
        With ``summary()``, ``to_frame()``, ``weights``, ``counterfactual`` and the outcomes.

    Raises
    ------
    InputError
        If the study has another model, or there is no such pair with numbers.
    DataError
        If fewer than two donors move before the event.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), doi:10.1198/jasa.2009.ap08746.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from marketimpact.study.models_donors import SyntheticControl
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", place="RU")
    >>> panel = mi.fetch([f"ecb:EUR/{code}" for code in ("RUB", "PLN", "HUF", "CZK", "SEK", "TRY", "ZAR", "MXN")])
    >>> study = mi.EventStudy(model=SyntheticControl(), timeline=mi.Timeline(event=(-5, 3)))
    >>> donor_placebos(study.run(panel, news, pairs="place"), "invasion")
    DonorPlacebos: invasion on EUR/RUB, 7 donors: p = 0.125, at least 0.125
    """
    if not isinstance(result.spec.model, SyntheticControl):
        raise InputError(
            "is a study with another model",
            parameter="result",
            received=str(result.spec.model),
            allowed="EventStudy(model=SyntheticControl(donors)).run(...)",
        )
    pair = result.one(event_id, instrument)
    a = result.alignment
    row = int(
        np.flatnonzero(
            (a.events.ids[a.event] == pair.event.id) & (a.instrument == a.panel.position(pair.instrument.id))
        )[0]
    )
    names, before, after, root_v = _moves(result, row)
    controls = placebo_controls(before, after, root_v)
    span = int(a.last[row] - a.position[row])
    windows = tuple(dict.fromkeys([(0, span), *result.spec.window_list]))
    found = DonorPlacebos(
        pair.event.id,
        (pair.instrument.id, *names),
        pair.kind,
        pair.taus,
        pair.moves,
        controls,
        windows,
        (),
        pair.stamp,
    )
    outcomes = tuple(one for window in windows for one in _tests(found, window))
    return replace(found, outcomes=outcomes)


def _moves(
    result: StudyResult, row: int
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Names of the donors that move before the event, moves of all series before it and in its window, roots of v."""
    a = result.alignment
    design, at = a.design, int(a.positions[row])
    names = [name for one in design.series[int(a.series[row])].read for name in one.members]
    first, last = a.timeline.estimation
    rows = np.arange(at + first, at + last + 1)
    rows = rows[a.clean[rows]]
    moves = np.vstack([design.y, design.x[1 : 1 + len(names)]])
    window = np.arange(at + a.timeline.event[0], at + a.timeline.event[1] + 1)
    before = moves[:, rows]
    moving = np.append(True, (before[1:] != 0.0).any(axis=1))
    kept = tuple(name for name, one in zip(names, moving[1:], strict=True) if one)
    return kept, before[moving], moves[moving][:, window], np.sqrt(design.v[rows])


def _tests(found: DonorPlacebos, window: Window) -> tuple[Outcome, Outcome]:
    """Rank the instrument over one window by both ratios."""
    inside = found._over(window)
    if not np.isfinite(inside.abnormal).all():
        total = len(found.series)
        lost = (not_applicable(name, MISSING, n=total) for name in (SYNTHETIC_CAR, SYNTHETIC_RMSPE))
        return next(lost), next(lost)
    return placebo_rank(inside.car_ratio, SYNTHETIC_CAR), placebo_rank(inside.rmspe_ratio, SYNTHETIC_RMSPE)
