"""One event on several instruments at once: did they move by more than they do together on ordinary days?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..errors import InputError
from ..maths.frozen import Frozen, read_only
from ..maths.joint import JOINT_F, JOINT_RANK, ONE_DIRECTION, directed_t, joint_f, joint_rank
from ..maths.least_squares import fit_rows
from ..maths.outcome import Outcome, not_applicable
from ..units import DISPLAY_UNITS
from .about import ABOUT_COLUMNS, with_about
from .estimates import Estimates
from .explain import Explanation, explain_outcome
from .summary import ILLUSTRATIVE, Summary, number_or_na, p_with_floor

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["JointTest", "joint_line", "joint_of_event", "joint_test"]

COLUMNS = (
    "event_id", "test", "statistic", "df", "p_value", "p_floor", "estimate", "std_error", "n", "reason", "note",
    *ABOUT_COLUMNS,
)  # fmt: skip

ONE_SESSION = "the window holds several sessions: the rank is of single ones"
SIGN = "sign: +1 counts a move up as a gain, -1 a move down"
NOBODY = "no series has every move of the window"


@dataclass(frozen=True, slots=True, eq=False)
class JointTest(Frozen):
    """The joint test of p instruments on one event.

    All are fitted anew on the estimation sessions that they share, and summed over one window of days: from the first
    event session among them to the last candidate among them, so that quotes of different clocks cover the same days.
    Where a series is not quoted on all of these days, the sums cover different ones, and the F is approximate.

    Attributes
    ----------
    event_id : str
    instruments : tuple of str
        The p instruments that enter.
    first, last : datetime64[D]
        First and last day of the window.
    abnormal, std_error : ndarray, shape (p,)
        Abnormal moves over that window and their standard errors [unit of each kind].
    signs : ndarray, shape (p,)
        Sign with which a move is a gain; +1 for all where no country was named.
    n_obs, df : int
        Common estimation sessions T, and T - k.
    joint : Outcome
        Are all abnormal moves zero? F.
    rank : Outcome
        The same by the rank of the joint distance, without normal errors.
    direction : Outcome
        Is the mean signed, standardized move zero? t.
    left_out : tuple of str
        Instruments that do not enter, with the reason.
    units : tuple of str
        Unit of each abnormal move.
    stamp : str or None
        Word to stamp: a series was not observed.
    """

    event_id: str
    instruments: tuple[str, ...]
    first: np.datetime64
    last: np.datetime64
    abnormal: NDArray[np.float64]
    std_error: NDArray[np.float64]
    signs: NDArray[np.float64]
    n_obs: int
    df: int
    joint: Outcome
    rank: Outcome
    direction: Outcome
    left_out: tuple[str, ...]
    units: tuple[str, ...]
    stamp: str | None

    def __post_init__(self) -> None:
        read_only(self.abnormal, self.std_error, self.signs)

    @property
    def outcomes(self) -> tuple[Outcome, Outcome, Outcome]:
        """The three tests."""
        return self.joint, self.rank, self.direction

    @property
    def _days(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first} to {self.last}"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a test: numbers only, no rounding, with the reason where it does not apply.

        Returns
        -------
        DataFrame
            ``n`` is the number of series; ``estimate`` of the test of one direction is the mean signed, standardized
            move [standard deviations].
        """
        import pandas as pd

        own = [{name: getattr(one, name) for name in COLUMNS if hasattr(one, name)} for one in self.outcomes]
        table = pd.DataFrame([{"event_id": self.event_id} | one for one in own], columns=COLUMNS)
        return with_about(table, [one.test for one in self.outcomes])

    def explain(self, test: str | None = None) -> Explanation:
        """Put one of the tests into words: its formula with these numbers, its null, what it assumes.

        Parameters
        ----------
        test : str, optional
            As the table names it; the F when not given.

        Returns
        -------
        Explanation
            Its ``str`` is the text.

        Raises
        ------
        InputError
            If there is no such test.
        """
        found = {one.test: one for one in self.outcomes}
        chosen = self.joint.test if test is None else test
        if chosen not in found:
            raise InputError(
                "is no joint test", parameter="test", received=test, allowed=", ".join(map(repr, found))
            )
        where = f"{self.event_id}, {self._days}, {', '.join(self.instruments)}"
        return explain_outcome(found[chosen], where=where, counted="series")

    def summary(self) -> Summary:
        """Give the moves with the tests of all of them: text in a terminal, HTML in Jupyter."""
        head = [
            f"Joint test of {self.event_id}, {self._days}: {self.n_obs} common estimation sessions, T - k = {self.df}"
        ]
        if self.stamp:
            head.append(ILLUSTRATIVE.format(stamp=self.stamp))
        rows = [
            (
                name, f"{move * scale:+.2f} {unit}", number_or_na(error * scale, ".2f"), number_or_na(t, ".2f"),
                f"{sign:+.0f}",
            )
            for name, move, error, t, sign, (unit, scale) in zip(
                self.instruments, self.abnormal, self.std_error, self._t, self.signs,
                [DISPLAY_UNITS[one] for one in self.units], strict=True,
            )
        ]  # fmt: skip
        tail = [SIGN, *map(joint_line, self.outcomes), *(f"left out: {words}" for words in self.left_out)]
        return Summary(tuple(head), ("instrument", "abnormal", "se", "t", "sign"), tuple(rows), tuple(tail))

    @property
    def _t(self) -> NDArray[np.float64]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.abnormal / self.std_error)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        tests = "; ".join(
            f"{one.test} p = {one.p_value:.3g}" if one.applies else f"{one.test}: {one.reason}"
            for one in self.outcomes
        )
        return f"JointTest: {self.event_id}, {self._days}, {', '.join(self.instruments)}: {tests}"


def joint_line(outcome: Outcome) -> str:
    """Say one of the joint tests in a line."""
    series = "1 series" if outcome.n == 1 else f"{outcome.n} series"
    if not outcome.applies:
        return f"{outcome.test} ({series}): not applicable: {outcome.reason}"
    mean = ""
    if not np.isnan(outcome.estimate):
        mean = f"mean {outcome.estimate:+.2f} standard deviations, t = {outcome.statistic:.2f}, "
    return f"{outcome.test} ({series}): {mean}{p_with_floor(outcome)}"


@dataclass(frozen=True, slots=True)
class _Rows:
    """Common estimation rows and the event rows of p series; weighted, but for ``event_y``."""

    y: NDArray[np.float64]  # (p, T)
    x: NDArray[np.float64]  # (k, p, T)
    event_y: NDArray[np.float64]  # (p,): the sums over the window
    event_x: NDArray[np.float64]  # (k, p)
    event_v: NDArray[np.float64]  # (p,)
    sessions: int  # most event rows of a series


def joint_test(
    alignment: Alignment,
    estimates: Estimates,
    places: NDArray[np.int64],
    signs: NDArray[np.float64],
) -> JointTest:
    """Test the pairs of one event together.

    Parameters
    ----------
    alignment : Alignment
    estimates : Estimates
    places : ndarray of int, shape (p,)
        Places of the pairs among the estimates; all of one event.
    signs : ndarray, shape (p,)
        Sign with which a move is a gain.

    Returns
    -------
    JointTest
    """
    rows = estimates.rows[places]
    event_id = str(alignment.events.ids[alignment.event[rows[0]]])
    names = np.array(alignment.panel.ids, dtype=object)[alignment.instrument[rows]]
    first, last = _window(alignment, rows)
    inside = [_event_positions(alignment, int(row), first, last) for row in rows]
    lost = [_lost(alignment, int(row), at) for row, at in zip(rows, inside, strict=True)]
    left_out = tuple(f"{name}: {why}" for name, why in zip(names, lost, strict=True) if why)
    kept = np.flatnonzero([not why for why in lost])
    gathered = _gather(alignment, rows[kept], [inside[i] for i in kept])
    k = len(gathered.x)
    params, xtx_inv, residuals = fit_rows(gathered.y, gathered.x)
    abnormal = gathered.event_y - np.einsum("kp,kp->p", gathered.event_x, params)
    factor = gathered.event_v + np.einsum("ip,ijp,jp->p", gathered.event_x, xtx_inv, gathered.event_x)
    rank = not_applicable(JOINT_RANK, ONE_SESSION if len(kept) else NOBODY, n=len(kept))
    if gathered.sessions == 1:
        rank = joint_rank(_refitted(gathered), k)
    df = residuals.shape[1] - k
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt((residuals**2).sum(axis=1) / df * factor) if df > 0 else np.full(len(kept), np.nan)
    test = JointTest(
        event_id,
        tuple(map(str, names[kept])),
        first,
        last,
        abnormal,
        error,
        signs[kept],
        residuals.shape[1],
        df,
        joint_f(abnormal, factor, residuals.T, k),
        rank,
        directed_t(abnormal, factor, residuals.T, k, signs[kept]),
        left_out,
        tuple(alignment.design.series[alignment.series[row]].kind.unit for row in rows[kept]),
        next(filter(None, map(alignment.stamp_of, map(int, rows[kept]))), None),
    )
    if not estimates.no_covariance:
        return test
    predicted = np.einsum("kp,pk->p", gathered.event_x, estimates.fit.params[places[kept]])
    return _untested(test, gathered.event_y - predicted, estimates.no_covariance)


def _untested(test: JointTest, abnormal: NDArray[np.float64], reason: str) -> JointTest:
    """Keep the abnormal moves of a model's own rule, which no joint test of least squares is about."""
    joint, rank, direction = (
        not_applicable(name, reason, n=len(abnormal)) for name in (JOINT_F, JOINT_RANK, ONE_DIRECTION)
    )
    error = np.full(len(abnormal), np.nan)
    return replace(test, abnormal=abnormal, std_error=error, joint=joint, rank=rank, direction=direction)


def joint_of_event(
    alignment: Alignment,
    estimates: Estimates,
    event_id: str,
    instruments: Iterable[str] | None,
    place: str | None,
) -> JointTest:
    """Test the pairs of one event together; see `StudyResult.joint` for what may be asked, and what is refused."""
    panel, rows = alignment.panel, estimates.rows
    chosen = alignment.events.ids[alignment.event[rows]] == event_id
    names = np.array(panel.ids, dtype=object)[alignment.instrument[rows]]
    asked = [instruments] if isinstance(instruments, str) else instruments
    wanted = list(names[chosen]) if asked is None else list(dict.fromkeys(asked))
    if lost := [name for name in wanted if not np.any(chosen & (names == name))]:
        raise InputError(
            "has no numbers for this event",
            parameter="instruments",
            received=lost,
            allowed=", ".join(map(repr, names[chosen]))
            or "pairs of the event that the ledger does not leave out",
        )
    signs = [1.0 if place is None else float(panel.instrument(name).gain_sign(place)) for name in wanted]
    places = [
        int(np.flatnonzero(chosen & (names == name))[0])
        for name, sign in zip(wanted, signs, strict=True)
        if sign
    ]
    if not places:
        raise InputError(
            "no instrument with numbers" + (f" belongs to {place}" if place else ""),
            parameter="event_id",
            received=event_id,
            allowed="an event with numbers on a bond, a currency or a Factor(..., place=, gains=) of the country",
        )
    test = joint_test(alignment, estimates, np.array(places), np.array([sign for sign in signs if sign]))
    unsigned = tuple(
        f"{name}: does not say how the assets of {place} gain"
        for name, sign in zip(wanted, signs, strict=True)
        if not sign and (asked is not None or place in panel.instrument(name).places)
    )
    return replace(test, left_out=(*unsigned, *test.left_out))


def _window(alignment: Alignment, rows: NDArray[np.int64]) -> tuple[np.datetime64, np.datetime64]:
    """From the first event session among some pairs to the last candidate among them."""
    at = alignment.positions[rows]
    behind = at + (alignment.last - alignment.position)[rows]
    sessions = alignment.design.sessions
    return np.datetime64(sessions[at].min(), "D"), np.datetime64(sessions[behind].max(), "D")


def _event_positions(
    alignment: Alignment, row: int, first: np.datetime64, last: np.datetime64
) -> NDArray[np.int64]:
    """Positions in the design of a pair's sessions from a first to a last day."""
    design, series = alignment.design, int(alignment.series[row])
    offset = int(design.offset[series])
    days = design.sessions[offset : offset + int(design.length[series])]
    return np.arange(np.searchsorted(days, first), np.searchsorted(days, last, side="right")) + offset


def _lost(alignment: Alignment, row: int, inside: NDArray[np.int64]) -> str:
    """Say why a pair cannot be summed over the joint window; empty where it can."""
    begin, end = alignment.timeline.event
    taus = inside - int(alignment.positions[row])
    if taus[0] < begin or taus[-1] > end:
        return f"the joint window reaches beyond its event window, from tau = {taus[0]} to {taus[-1]}"
    return "" if alignment.design.usable[inside].all() else "a move of the window is missing"


def _gather(alignment: Alignment, rows: NDArray[np.int64], inside: list[NDArray[np.int64]]) -> _Rows:
    """Take the estimation rows of the days that all pairs share, and the sums over the window."""
    design = alignment.design
    first, last = alignment.timeline.estimation
    windows = [np.arange(at + first, at + last + 1) for at in alignment.positions[rows]]
    clean = [window[alignment.clean[window]] for window in windows]
    common = design.sessions[clean[0]] if clean else np.empty(0, dtype="datetime64[D]")
    for window in clean[1:]:
        common = np.intersect1d(common, design.sessions[window])
    at = [window[np.isin(design.sessions[window], common)] for window in clean]
    regressors, moves = design.regressors, design.to_fit
    k, p = len(regressors), len(rows)
    shape = (p, len(common))
    return _Rows(
        np.reshape([design.weighted_y[one] for one in at], shape),
        np.reshape([[column[one] for one in at] for column in design.weighted_x], (k, *shape)),
        np.array([moves[one].sum() for one in inside]),
        np.reshape([[column[one].sum() for one in inside] for column in regressors], (k, p)),
        np.array([design.v[one].sum() for one in inside]),
        max((len(one) for one in inside), default=0),
    )


def _refitted(rows: _Rows) -> NDArray[np.float64]:
    """Weighted residuals of fits that hold the event's session, which stands last, shape (T + 1, p)."""
    root = np.sqrt(rows.event_v)
    y = np.concatenate([rows.y, (rows.event_y / root)[:, None]], axis=1)
    x = np.concatenate([rows.x, (rows.event_x / root)[:, :, None]], axis=2)
    return fit_rows(y, x)[2].T
