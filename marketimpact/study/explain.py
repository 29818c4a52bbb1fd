"""A test in words: its formula with the result's own numbers put in, its null, what it assumes, where it is from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from scipy import stats

from ..maths import joint, rank_tests, sign_tests
from ..maths import over_events as means
from ..maths.bhar import BHAR, BHAR_SKEWNESS
from ..maths.one_event import CLUSTERING, EQUIVALENCE, LAGS
from ..maths.outcome import About, Outcome
from .about import about
from .summary import p_words

__all__ = ["Explanation", "explain_outcome"]

SAME = 1e-9
"""Relative difference below which two numbers differ by rounding alone."""

LARGEST_DAYS = (
    "largest of the candidates, rank with refit", "largest of the candidates, sup-t", "largest of the event window",
)  # fmt: skip
"""Tests of the largest of several days, whose p is no share of equal draws."""

MOST_DRAWS = 1e7
"""Reference sets up to which p is written as a share of them."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One test in words; its ``str`` is the text.

    Attributes
    ----------
    test : str
    where : str
        What was tested.
    numbers : tuple of str
        "symbol = numbers put in = value", in the order in which they are computed. Numbers have seven digits, so that
        the value follows from them to its last digit. Of a test by ranks the ingredients; where it does not apply,
        why.
    about : About
        Null, distribution, assumptions, formula, reference.
    counts : str
        Pairs, date clusters, the smallest p.
    warnings : tuple of str
        What a reader must know of the number, and whether it should be read.

    Examples
    --------
    >>> from marketimpact.maths.over_events import bmp_t
    >>> import numpy as np
    >>> print(explain_outcome(bmp_t(np.array([0.5, 1.5, 1.0, 2.0, -1.0])), where="headline").numbers[0])
    t = sqrt(5) x 0.8 / 1.151086 = 1.5541
    """

    test: str
    where: str
    numbers: tuple[str, ...]
    about: About
    counts: str
    warnings: tuple[str, ...]

    @property
    def _parts(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Titles and lines of the text."""
        yield "formula", (self.about.formula,)
        yield "here", self.numbers
        yield "null", (self.about.null,)
        yield "compared with", (self.about.distribution,)
        yield "assumes", (self.about.assumptions,)
        yield "rests on", (self.counts,)
        yield "mind", self.warnings
        yield "source", (self.about.source,)

    def __str__(self) -> str:
        lines = [f"{self.test}: {self.where}"]
        for title, said in self._parts:
            lines += [f"  {title if i == 0 else '':13}  {line}" for i, line in enumerate(filter(None, said))]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th>{title}</th><td>{'<br>'.join(map(escape, filter(None, said)))}</td></tr>"
            for title, said in self._parts
            if any(said)
        )
        return f"<p>{escape(self.test)}: {escape(self.where)}</p><table>{rows}</table>"


def explain_outcome(
    outcome: Outcome,
    *,
    where: str,
    scale: float = 1.0,
    unit: str = "",
    advice: str = "",
    counted: str = "",
) -> Explanation:
    """Put an outcome into words.

    Parameters
    ----------
    outcome : Outcome
    where : str
        What was tested.
    scale : float
        What estimate and standard error are multiplied with before they are written: 100 for a share in %.
    unit : str
        Their unit then.
    advice : str
        Whether the test should be read, and why not.
    counted : str
        What ``n`` counts where it is not pairs: "series".

    Returns
    -------
    Explanation
    """
    if outcome.applies:
        write = STATISTICS.get(outcome.test, _other)
        numbers = [*write(outcome, scale), *_p_line(outcome)]
    else:
        numbers = [f"not applicable: {outcome.reason}"]
    measured = f"moves in {unit}" if unit and not math.isnan(outcome.estimate) else ""
    return Explanation(
        outcome.test, where, tuple(numbers), about(outcome.test), _counts(outcome, counted),
        tuple(filter(None, (measured, outcome.note, advice))),
    )  # fmt: skip


def _counts(outcome: Outcome, counted: str) -> str:
    """Say what the outcome rests on."""
    pairs = f"{outcome.n} {'pair' if outcome.n == 1 else 'pairs'}"
    clusters = f"{outcome.n_clusters} date {'cluster' if outcome.n_clusters == 1 else 'clusters'}"
    floor = f"; smallest p {p_words(outcome.p_floor)}" if outcome.p_floor > 0.0 else ""
    return (f"{outcome.n} {counted}" if counted else f"{pairs} in {clusters}") + floor


def _n(number: float) -> str:
    """Write a number that is put in."""
    return f"{number:.7g}"


def _v(number: float) -> str:
    """Write a value that follows: five digits, or four decimals where it is what a difference leaves."""
    return f"{number:.5g}" if abs(number) >= 1.0 else f"{number:.4f}"


def _p(number: float) -> str:
    """Write a p: three digits, two where it is so small that the statistic's own digits carry no more."""
    return f"{number:.3g}" if number >= 1e-4 else f"{number:.2g}"


def _signed(number: float) -> str:
    """Write a number that is taken away."""
    return _n(number) if number >= 0.0 else f"({_n(number)})"


def _of_clusters(outcome: Outcome, scale: float) -> list[str]:
    g = outcome.n_clusters
    return [_mean_over_sd(outcome, g, scale)]


def _of_pairs(outcome: Outcome, scale: float) -> list[str]:
    return [_mean_over_sd(outcome, outcome.n, scale)]


def _mean_over_sd(outcome: Outcome, count: int, scale: float) -> str:
    sd = outcome.std_error * math.sqrt(count)
    return f"t = sqrt({count}) x {_n(outcome.estimate * scale)} / {_n(sd * scale)} = {_v(outcome.statistic)}"


def _ratio(outcome: Outcome, scale: float) -> list[str]:
    return [f"t = {_n(outcome.estimate * scale)} / {_n(outcome.std_error * scale)} = {_v(outcome.statistic)}"]


def _skewness(outcome: Outcome, scale: float) -> list[str]:
    """Write Hall's statistic over pairs."""
    ratio = outcome.estimate / (outcome.std_error * math.sqrt(outcome.n))
    cubic = f" + {_signed(outcome.part('skewness'))}^2 x {_signed(ratio)}^3 / 27"
    return _skewed(outcome, outcome.n, scale, cubic)


def _johnson(outcome: Outcome, scale: float) -> list[str]:
    """Write Johnson's statistic over cluster means, which has no cubic term."""
    return _skewed(outcome, outcome.n_clusters, scale, "")


def _skewed(outcome: Outcome, count: int, scale: float, cubic: str) -> list[str]:
    sd = outcome.std_error * math.sqrt(count)
    ratio = outcome.estimate / sd
    s, g = _signed(ratio), _signed(outcome.part("skewness"))
    return [
        f"S = {_n(outcome.estimate * scale)} / {_n(sd * scale)} = {_n(ratio)}",
        f"t = sqrt({count}) x ({s} + {g} x {s}^2 / 3{cubic} + {g} / (6 x {count})) = {_v(outcome.statistic)}",
    ]


def _crude(outcome: Outcome, scale: float) -> list[str]:
    mean, spread, factor = outcome.estimate * scale, outcome.part("S") * scale, outcome.part("factor")
    return [f"t = {_n(mean)} / ({_n(spread)} x sqrt({_n(factor)})) = {_v(outcome.statistic)}"]


def _patell(outcome: Outcome, scale: float) -> list[str]:
    total, error = outcome.estimate * outcome.n, outcome.std_error * outcome.n
    return [f"z = {_n(total)} / sqrt({_n(error**2)}) = {_v(outcome.statistic)}"]


def _adjusted_patell(outcome: Outcome, scale: float) -> list[str]:
    n, r = outcome.n, outcome.part("r")
    widening = 1.0 + (n - 1) * r
    total, q = outcome.estimate * n, (outcome.std_error * n) ** 2 / widening
    return [f"z = {_n(total)} / sqrt({_n(q)} x (1 + {n - 1} x {_n(r)})) = {_v(outcome.statistic)}"]


def _kolari_pynnonen(outcome: Outcome, scale: float) -> list[str]:
    n, r = outcome.n, outcome.part("r")
    widening = math.sqrt((1.0 + (n - 1) * r) / (1.0 - r))
    sd = outcome.std_error * math.sqrt(n) / widening
    return [
        f"t = sqrt({n}) x {_n(outcome.estimate)} / {_n(sd)} x sqrt((1 - {_n(r)}) / (1 + {n - 1} x {_n(r)}))"
        f" = {_v(outcome.statistic)}"
    ]


def _corrado(outcome: Outcome, scale: float) -> list[str]:
    total, sessions, spread = (outcome.part(name) for name in ("sum Z", "L", "S"))
    return [
        f"z = {_n(total)} / (sqrt({_n(sessions)}) x {_n(spread)}) = {_v(outcome.statistic)}",
        f"mean of U over the window = {_v(outcome.estimate)}",
    ]


def _grank(outcome: Outcome, scale: float) -> list[str]:
    total, spread = outcome.part("T"), outcome.part("S")
    z = outcome.estimate / spread
    if math.isinf(outcome.statistic):
        return [f"Z = {_n(outcome.estimate)} / {_n(spread)} = {_n(z)}, the largest it can be: t is infinite"]
    return [
        f"Z = {_n(outcome.estimate)} / {_n(spread)} = {_n(z)}",
        f"t = {_signed(z)} x sqrt(({_n(total)} - 1) / ({_n(total)} - {_signed(z)}^2)) = {_v(outcome.statistic)}",
    ]


def _z_ratio(outcome: Outcome, scale: float) -> list[str]:
    return [f"z = {_n(outcome.estimate)} / {_n(outcome.std_error)} = {_v(outcome.statistic)}"]


def _sign(outcome: Outcome, scale: float) -> list[str]:
    n, positive = outcome.n, round(outcome.estimate * outcome.n)
    smaller = min(positive, n - positive)
    return [
        f"z = ({positive} - {n} / 2) / (sqrt({n}) / 2) = {_v(outcome.statistic)}",
        f"p = min(1, 2 P(binomial_{n} <= {smaller})) = {_p(outcome.p_value)}",
    ]


def _generalized_sign(outcome: Outcome, scale: float) -> list[str]:
    variance = (outcome.std_error * outcome.n) ** 2
    positive, expected = outcome.part("n+"), outcome.part("sum p")
    return [f"z = ({_n(positive)} - {_n(expected)}) / sqrt({_n(variance)}) = {_v(outcome.statistic)}"]


def _wilcoxon(outcome: Outcome, scale: float) -> list[str]:
    n = outcome.n
    return [f"expected = {n} x ({n} + 1) / 4 = {_n(n * (n + 1) / 4)}", f"W = {_n(outcome.statistic)}"]


def _clustering(outcome: Outcome, scale: float) -> list[str]:
    n = round(outcome.part("n"))
    terms = " + ".join(f"{_signed(outcome.part(f'r_{j}'))}^2 / ({n} - {j})" for j in range(1, LAGS + 1))
    return [f"Q = {n} x ({n} + 2) x ({terms}) = {_v(outcome.statistic)}"]


def _equivalence(outcome: Outcome, scale: float) -> list[str]:
    margin, size, error = (
        one * scale for one in (outcome.part("margin"), abs(outcome.estimate), outcome.std_error)
    )
    return [f"t = ({_n(margin)} - {_n(size)}) / {_n(error)} = {_v(outcome.statistic)}"]


def _detectable(outcome: Outcome, scale: float) -> list[str]:
    error, effect = outcome.std_error * scale, outcome.estimate * scale
    return [f"effect = {_n(outcome.statistic)} x {_n(error)} = {_v(effect)}"]


def _largest(outcome: Outcome, scale: float) -> list[str]:
    """Write which of several days was largest, and how large."""
    if math.isnan(outcome.std_error):  # the statistic is its place
        return [f"largest at tau = {_n(outcome.statistic)}: {_v(outcome.estimate * scale)}"]
    return _ratio(outcome, scale)


def _joint_f(outcome: Outcome, scale: float) -> list[str]:
    rows, distance = round(outcome.part("T - k")), outcome.part("D^2")
    p = outcome.n
    return [f"F = {_n(distance)} x ({rows} - {p} + 1) / ({rows} x {p}) = {_v(outcome.statistic)}"]


def _variance(outcome: Outcome, scale: float) -> list[str]:
    found, q, r = (outcome.part(name) for name in ("sd^2", "mean Q", "r"))
    if math.isnan(found):
        return [f"ratio = {_v(outcome.statistic)}"]
    return [f"ratio = {_n(found)} / ((1 - {_n(r)}) x {_n(q)}) = {_v(outcome.statistic)}"]


def _other(outcome: Outcome, scale: float) -> list[str]:
    """Write what an outcome holds: its estimate over its standard error where that is its statistic."""
    if _alike(outcome.estimate / outcome.std_error if outcome.std_error else math.nan, outcome.statistic):
        return _ratio(outcome, scale)
    lines = [f"{name} = {_n(number)}" for name, number in outcome.parts]
    if not math.isnan(outcome.estimate):
        lines.append(f"estimate = {_v(outcome.estimate * scale)}")
    return lines if math.isnan(outcome.statistic) else [f"statistic = {_v(outcome.statistic)}", *lines]


STATISTICS: dict[str, Callable[[Outcome, float], list[str]]] = {
    "cluster t": _of_clusters,
    "cross-sectional t (pairs taken as independent)": _of_clusters,
    means.CROSS_SECTIONAL: _of_pairs,
    means.SKEWNESS_ADJUSTED: _skewness,
    BHAR: _of_clusters,
    BHAR_SKEWNESS: _johnson,
    means.CRUDE: _crude,
    means.PATELL: _patell,
    means.ADJUSTED_PATELL: _adjusted_patell,
    means.BMP: _of_pairs,
    means.KOLARI_PYNNONEN: _kolari_pynnonen,
    rank_tests.CORRADO: _corrado,
    rank_tests.CORRADO_ZIVNEY: _corrado,
    rank_tests.GRANK_T: _grank,
    rank_tests.GRANK_Z: _z_ratio,
    sign_tests.SIGN: _sign,
    sign_tests.GENERALIZED_SIGN: _generalized_sign,
    sign_tests.WILCOXON: _wilcoxon,
    CLUSTERING: _clustering,
    EQUIVALENCE: _equivalence,
    "minimum detectable effect": _detectable,
    "minimum detectable effect (rank)": _detectable,
    **dict.fromkeys(LARGEST_DAYS, _largest),
    joint.JOINT_F: _joint_f,
    "variance of event days over estimation days": _variance,
}
"""How the statistic of each test is written; the others by what they hold."""


def _p_line(outcome: Outcome) -> list[str]:
    """Write p as the tail, or the share of a reference set, that it is."""
    p = outcome.p_value
    if math.isnan(p) or outcome.test == sign_tests.SIGN:
        return []
    for words, value in _tails(outcome):
        if _alike(value, p):
            return [f"p = {words} = {_p(p)}"]
    if outcome.p_floor > 1.0 / MOST_DRAWS and outcome.test not in LARGEST_DAYS:
        total = round(1.0 / outcome.p_floor)
        hits = round(p * total)
        if _alike(hits / total, p):
            return [f"p = {hits} / {total} = {_p(p)}"]
    return [f"p = {_p(p)}"]


def _tails(outcome: Outcome) -> Iterator[tuple[str, float]]:
    """Tails that a p may be, in words and in numbers."""
    statistic, df = outcome.statistic, outcome.df
    size = abs(statistic)
    if not math.isnan(df):
        yield f"2 P(t_{df:.6g} > {_v(size)})", 2.0 * float(stats.t.sf(size, df))
        yield f"P(t_{df:.6g} > {_v(statistic)})", float(stats.t.sf(statistic, df))
        yield f"P(chi2_{df:.6g} > {_v(statistic)})", float(stats.chi2.sf(statistic, df))
        yield f"P(F_{outcome.n},{df:.6g} > {_v(statistic)})", float(stats.f.sf(statistic, outcome.n, df))
        yield f"2 P(chi2_{df:.6g} / {df:.6g} > {_v(size)})", 2.0 * float(stats.chi2.sf(size * df, df))
        yield f"2 P(chi2_{df:.6g} / {df:.6g} < {_v(size)})", 2.0 * float(stats.chi2.cdf(size * df, df))
    yield f"2 P(z > {_v(size)})", 2.0 * float(stats.norm.sf(size))


def _alike(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=SAME)
