"""What there is to know of the tests of news beside moves: chance matches and coincidence."""

from __future__ import annotations

from ..maths.chance_match import CHANCE_MATCH, SHIFTED_MATCH
from ..maths.coincidence import PRECURSOR, TRIGGER
from ..maths.outcome import About

__all__ = ["NEWS"]

NO_NEARER = "the listed moves are no nearer to news than any other sessions"
UNRELATED = "the two kinds of event are unrelated"
DONGES = ("Donges, Schleussner, Siegmund and Donner (2016)", "10.1140/epjst/e2015-50233-y")

NEWS: dict[str, About] = {
    CHANCE_MATCH: About(
        NO_NEARER,
        "hypergeometric, one-sided",
        "sessions are drawn one by one: neither news nor large moves come in spells",
        "p = P(K >= k), K matches among as many sessions drawn without replacement",
        "Fisher (1935), The Design of Experiments",
    ),
    SHIFTED_MATCH: About(
        NO_NEARER,
        "matches with the news shifted round the sample, all shifts",
        "news and moves are stationary; spells of either are kept",
        "p = share of shifts with as many matches, none among them",
        "Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.3",
    ),
    PRECURSOR: About(
        UNRELATED,
        "rates with one kind shifted round the sample, or with surrogates",
        "both kinds are stationary; a shift keeps their spells",
        "share of events a with an event b no more than the window before it",
        *DONGES,
    ),
    TRIGGER: About(
        UNRELATED,
        "rates with one kind shifted round the sample, or with surrogates",
        "both kinds are stationary; a shift keeps their spells",
        "share of events b with an event a no more than the window after it",
        *DONGES,
    ),
}
"""By the name of the test."""
