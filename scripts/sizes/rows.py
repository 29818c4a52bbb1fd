"""The situations of the size table, one a row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from marketimpact.maths.simulate import Situation

FLAGSHIP = "flagship"
POWER = "power"


@dataclass(frozen=True)
class Row:
    """A situation, and what the table needs to know of it.

    ``parameters`` are those of each fit, k: a constant and k - 1 factors. ``flagship`` rows gate the t of Kolari and
    Pynnonen also where windows form one cluster. With ``donors`` the first series is treated, the others are donors.
    """

    situation: Situation
    parameters: int = 1
    flagship: bool = False
    donors: bool = False

    @property
    def name(self) -> str:
        return self.situation.name

    @property
    def is_power(self) -> bool:
        return self.situation.effect != 0.0

    @property
    def tags(self) -> frozenset[str]:
        """What is not as in a textbook: words that tests name as what they do not bear."""
        s = self.situation
        said = {
            "heavy tails": s.law == "t3",
            "skew": s.law == "skewed",
            "serial": s.law == "autoregressive",
            "clustering": s.law == "garch",
            "event variance": s.event_variance != 1.0,
            "common variance": s.common_variance != 1.0,
            "stale": s.stale > 0.0,
            "spans": s.spanned,
            "dependent": bool(s.rho or s.unequal) or s.layout == "one instrument",
            "staggered": s.layout == "staggered" and (s.step or 0) > 0,
            "one date": s.layout == "one date" or (s.layout == "staggered" and s.step == 0),
            "short": s.estimation < 60,
        }
        return frozenset(word for word, holds in said.items() if holds)


def _both(name: str, flagship: bool = False, **kwargs: Any) -> list[Row]:
    """One situation, over one session and over eleven."""
    return [
        Row(Situation(f"{name}, L={length}", sessions=length, **kwargs), flagship=flagship)
        for length in (1, 11)
    ]


def _independent() -> list[Row]:
    rows = []
    for n in (5, 20, 30, 50):
        rows += _both(f"normal, N={n}", pairs=n)
    rows += _both("t3, N=30", law="t3")
    rows += _both("AR(1) .2, N=30", law="autoregressive")
    rows += _both("skewed, N=30", law="skewed")
    rows += _both("own event variance x2, N=30", event_variance=2.0)
    rows += _both("own event variance x3, N=30", event_variance=3.0)
    rows += _both("stale 50 %, N=30", stale=0.5)
    rows += _both("spans, N=30", spanned=True)
    rows += _both("normal, N=30, T=30", estimation=30)
    rows += _both("t3, N=30, T=30", estimation=30, law="t3")
    return rows


def _one_date() -> list[Row]:
    rows = []
    for rho in (0.02, 0.1, 0.3, 0.8):
        rows += _both(f"one date, rho={rho}, N=30", layout="one date", rho=rho)
    rows += _both("one date, unequal rho, N=30", layout="one date", unequal=True)
    rows += _both(
        "one date, rho=0.3, common event variance x2, N=30", layout="one date", rho=0.3, common_variance=2.0
    )
    return rows


def _staggered() -> list[Row]:
    rows = []
    for step, rho, n in product((0, 1, 3, 11), (0.5, 0.8), (5, 20, 50)):
        name = f"{step} sessions apart, rho={rho}, N={n}"
        rows += _both(name, True, layout="staggered", step=step, rho=rho, pairs=n)
    rows += _both(
        "1 sessions apart, unequal rho, N=20", True, layout="staggered", step=1, unequal=True, pairs=20
    )
    rows += _both(
        "1 sessions apart, rho=0.5, N=20, T=30", layout="staggered", step=1, rho=0.5, pairs=20, estimation=30
    )
    return rows


def _clustered() -> list[Row]:
    rows = []
    for n in (5, 20, 50):
        rows += _both(f"one instrument, masked, N={n}", True, layout="one instrument", pairs=n)
    dates: dict[str, Any] = {"layout": "few dates", "pairs": 30, "dates": 5}
    for rho in (0.5, 0.8, 0.95):
        rows += _both(f"5 dates x 6, rho={rho}", True, rho=rho, **dates)
    rows += _both("5 dates x 6, unequal rho", True, unequal=True, **dates)
    rows += _both("5 dates x 6, rho=0.5, own event variance x2", event_variance=2.0, rho=0.5, **dates)
    rows += _both("5 dates x 6, rho=0.3, common event variance x2", rho=0.3, common_variance=2.0, **dates)
    rows += _both("5 dates x 6, rho=0.5, t3", rho=0.5, law="t3", **dates)
    return rows


def _single() -> list[Row]:
    rows = []
    for length in (19, 119):
        for k in (1, 2, 5):
            one = Situation(f"one event, normal, T={length}, k={k}, L=1", pairs=1, estimation=length)
            rows.append(Row(one, parameters=k, flagship=True))
    for length in (39, 30, 150, 250):
        rows += _both(f"one event, normal, T={length}", pairs=1, estimation=length)
    for name, law in (("t3", "t3"), ("GARCH", "garch"), ("AR(1) .2", "autoregressive"), ("skewed", "skewed")):
        for length in (150, 250):
            rows += _both(f"one event, {name}, T={length}", pairs=1, estimation=length, law=law)
    rows += _both("one event, event variance x2, T=150", pairs=1, event_variance=2.0)
    rows += _both("one event, stale 50 %, T=150", pairs=1, stale=0.5)
    rows += _both("one event, spans, T=150", pairs=1, spanned=True)
    for law, name in (("normal", "normal"), ("garch", "GARCH")):
        rows.append(Row(Situation(f"one event, {name}, T=500, L=1", pairs=1, estimation=500, law=law)))
    for k in (2, 5):
        flagship = Situation(f"one event, normal, T=39, k={k}, L=1", pairs=1, estimation=39)
        rows.append(Row(flagship, parameters=k, flagship=True))
    for law, name in (("normal", ""), ("t3", ", t3")):
        rows += [
            replace(row, donors=True)
            for row in _both(
                f"one event, 19 donors, rho=0.5{name}", pairs=20, layout="one date", rho=0.5, law=law
            )
        ]
    return [
        replace(row, flagship=True) if row.name == "one event, normal, T=39, L=1" else row for row in rows
    ]


def _power() -> list[Row]:
    rows = []
    for effect in (0.5, 1.0):
        for name, more in (
            ("normal", {}),
            ("5 dates x 6, rho=0.5", {"layout": "few dates", "rho": 0.5}),
        ):
            rows.append(Row(Situation(f"power: {effect:g} sd, {name}, N=30", effect=effect, **more)))
    for effect, law in product((2.0, 3.0, 4.0), ("normal", "t3")):
        one = Situation(f"power: {effect:g} sd, one event, {law}, T=150", pairs=1, effect=effect, law=law)
        rows.append(Row(one))
    return rows


ROWS = tuple(_independent() + _one_date() + _staggered() + _clustered() + _single() + _power())
"""All rows of the table, in its order."""
