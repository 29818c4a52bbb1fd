"""Exchange-rate regimes: which currencies a currency follows, how closely, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..market.exchange_rates import check_one_snapshot, pair_of, shared_sessions
from ..market.panel import Panel, check_panel
from ..maths.outcome import Outcome, not_applicable
from ..study.given import given_or
from ..study.summary import Summary, p_words
from .break_result import Breaks, BreakSearch, Searched, search_breaks

__all__ = ["PEG", "ExchangeRegimes", "exchange_regimes"]

Floats = NDArray[np.float64]

PEG = "weight of one"
"""Name of the test that a currency moves with one anchor alone."""

CLOSE, LOOSE = 0.99, 0.9
"""R2 from which a currency counts as pegged, and from which as managed around its anchors: conventions of the
literature, not tests."""

WEIGHTS = (
    "A weight says what the currency followed, not what its central bank holds or aims at: a currency that trades with"
    " its neighbours has weights too. The words are conventions: pegged from R2 .99, managed from R2 .90."
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ExchangeRegimes(Breaks):
    """Regimes of a currency: weights of its anchors, with dates; a `Breaks`.

    Attributes
    ----------
    currency, numeraire : str
    peg : tuple of Outcome
        In each regime, the test that the weight of the anchor with the largest one is 1, and all others' 0.
    anchors_led : tuple of str
        That anchor, in each regime.
    """

    currency: str = ""
    numeraire: str = ""
    peg: tuple[Outcome, ...] = ()
    anchors_led: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Each regime in words: "pegged to USD", "managed around a basket", "floating"."""
        table = self.regimes()
        said = []
        for i, anchor in enumerate(self.anchors_led):
            r2, weight = float(table["r2"].iloc[i]), float(table[anchor].iloc[i])
            alone = abs(weight - 1.0) < 0.1
            to = anchor if alone else "a basket"
            said.append(
                f"pegged to {to}" if r2 >= CLOSE else f"managed around {to}" if r2 >= LOOSE else "floating"
            )
        return tuple(said)

    def summary(self) -> Summary:
        """Give regimes in words, break dates, tests, and the weights."""
        base = Breaks.summary(self)
        lines = [
            f"{self.sessions[a]} to {self.sessions[b - 1]}: {words}, R2 {r2:.4f}, residual {sigma * 1e4:.1f} bp a"
            f" session; moves with {anchor} alone: p {p_words(one.p_value)}"
            for (a, b), words, r2, sigma, one, anchor in zip(
                self.edges, self.words, self.r2, self.sigma, self.peg, self.anchors_led, strict=True
            )
        ]
        return Summary((*base.head, *lines), base.columns, base.rows, base.tail)


def exchange_regimes(
    panel: Panel,
    currency: str,
    *,
    anchors: Sequence[str] = ("USD", "EUR", "JPY", "GBP"),
    numeraire: str = "CHF",
    search: BreakSearch | None = None,
) -> ExchangeRegimes:
    """Estimate the weights of anchor currencies in a currency's moves, and the dates on which they changed.

    d log(c / N) = a_j + sum_k w_jk d log(anchor_k / N) + e in regime j, N the numeraire: a peg to a basket has an R2
    near 1 and the basket's weights, a crawl beside it the intercept, a float an R2 far from 1. All rates are taken
    through one currency that every pair of the panel shares, at one and the same snapshot.

    Parameters
    ----------
    panel : Panel
        Currency pairs that share one currency: "EUR/CNY", "EUR/USD", "EUR/JPY", ...
    currency : str
        The currency asked about, "CNY".
    anchors : sequence of str
        Currencies that it may follow.
    numeraire : str
        A currency that floats against all of them; weights hang on it little where R2 is large.
    search : BreakSearch, optional
        When not given ``BreakSearch(variance=True)``: a peg that is loosened keeps its weights and lets the residuals
        grow.

    Returns
    -------
    ExchangeRegimes

    Raises
    ------
    InputError
        If pairs are missing, share no currency, are of several snapshots, a currency stands twice, or anchors cannot
        be told apart.

    References
    ----------
    Frankel and Wei (1994), Yen bloc or dollar bloc?, in Ito and Krueger, Macroeconomic Linkage; Frankel and Wei (2008),
    doi:10.3386/w14016; Zeileis, Shah and Patnaik (2010), doi:10.1016/j.csda.2009.12.005, for dated regimes.

    Examples
    --------
    >>> import marketimpact as mi
    >>> pairs = [f"ecb:EUR/{one}" for one in ("CNY", "USD", "JPY", "CHF")]
    >>> panel = mi.fetch(pairs, start="2004-06-01", end="2005-06-30")
    >>> found = exchange_regimes(panel, "CNY", anchors=("USD", "EUR", "JPY"), search=BreakSearch(choose=0))
    >>> found.words, found.params.abs().round(2).tolist()[1:]
    (('pegged to USD',), [1.0, 0.0, 0.0])
    """
    check_panel(panel)
    names = [currency, *anchors, numeraire]
    if isinstance(anchors, str) or not anchors or len(set(names)) < len(names):
        raise InputError(
            "stand more than once, or there is none", parameter="anchors", received=names,
            allowed="anchors that are neither the currency nor the numeraire, each once, in a list",
        )  # fmt: skip
    sessions, values, notes, used = _values(panel, names)
    moves = np.diff(values, axis=1)
    relative = moves[:-1] - moves[-1]
    x = np.column_stack([np.ones(relative.shape[1]), *relative[1:]])
    units = ("log per session", *("weight" for _ in anchors))
    found = Searched(
        relative[0], x, sessions[1:], ("intercept", *anchors), units,
        f"Weights in {currency}, measured in {numeraire}", (WEIGHTS, *notes), panel.select(used).stamp,
    )  # fmt: skip
    fields = search_breaks(found, given_or(search, BreakSearch(variance=True), "search"))
    k = x.shape[1]
    weights = fields["estimates"].reshape(-1, k)[:, 1:]
    led = [int(np.argmax(row)) for row in weights]
    peg = tuple(_peg(fit, place + 1) for fit, place in zip(fields["model"], led, strict=True))
    return ExchangeRegimes(
        **fields, currency=currency, numeraire=numeraire, peg=peg,
        anchors_led=tuple(anchors[place] for place in led),
    )  # fmt: skip


def _values(
    panel: Panel, names: Sequence[str]
) -> tuple[NDArray[np.datetime64], Floats, tuple[str, ...], list[str]]:
    """Give log values of currencies in terms of the currency that all pairs share, shape (currencies, sessions)."""
    pairs = {name: pair_of(panel, name) for name in panel.ids}
    shared = set.intersection(*({one.base, one.quote} for one in pairs.values()))
    if len(shared) != 1:
        raise InputError(
            "do not share one currency", parameter="panel", received=list(pairs),
            allowed="pairs of one base, like EUR/CNY, EUR/USD and EUR/CHF",
        )  # fmt: skip
    via = next(iter(shared))
    by_currency = {one.quote if one.base == via else one.base: name for name, one in pairs.items()}
    missing = [name for name in names if name != via and name not in by_currency]
    if missing:
        raise InputError(
            "has no pair", parameter="panel", received=missing,
            allowed=f"a rate against {via} for each of them, or anchors without them",
        )  # fmt: skip
    used = [by_currency[name] for name in names if name != via]
    check_one_snapshot([pairs[name] for name in used])
    quotes = [panel.quotes_of(name) for name in used]
    sessions, notes = shared_sessions(quotes, ", ".join(used))
    values = np.zeros((len(names), len(sessions)))
    for row, name in enumerate(names):
        if name != via:
            quoted = panel.quotes_of(by_currency[name])
            levels = np.log(quoted.levels[np.isin(quoted.sessions, sessions)])
            values[row] = levels if pairs[by_currency[name]].quote == via else -levels
    return sessions, values, tuple(notes), used


def _peg(fit: object, place: int) -> Outcome:
    """Test that one weight is 1 and the others 0, by a Wald F with HC1."""
    robust = fit.get_robustcov_results(cov_type="HC1")  # type: ignore[attr-defined]  # statsmodels has no types
    k = len(robust.params)
    estimate, error = float(robust.params[place]), float(robust.bse[place])
    if not np.isfinite(error) or error <= 1e-12:
        return not_applicable(PEG, "the weights fit exactly", n=int(robust.nobs))
    wanted = np.zeros(k - 1)
    wanted[place - 1] = 1.0
    test = robust.f_test((np.eye(k)[1:], wanted))
    return Outcome(
        PEG, float(test.fvalue), float(test.pvalue), estimate, error, df=float(test.df_denom), n=int(robust.nobs),
    )  # fmt: skip
