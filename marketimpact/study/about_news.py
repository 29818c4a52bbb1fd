"""What there is to know of the tests of news beside moves: shuffled surprises, chance matches and coincidence."""

from __future__ import annotations

from ..maths.chance_match import CHANCE_MATCH, SHIFTED_MATCH
from ..maths.coincidence import PRECURSOR, TRIGGER
from ..maths.outcome import About
from ..maths.shuffled_slopes import SHUFFLED

__all__ = ["NEWS"]

NO_NEARER = "the listed moves are no nearer to news than any other sessions"
UNRELATED = "the two kinds of event are unrelated"
DONGES = ("Donges, Schleussner, Siegmund and Donner (2016)", "10.1140/epjst/e2015-50233-y")

NEWS: dict[str, About] = {
    SHUFFLED: About(
        "no slope of the release: its surprises and the moves are unrelated",
        "t of the slope over all orders of the surprises among their events, or over orders drawn at random",
        "surprises are exchangeable among the events of a type; where moves are larger when surprises are, many events",
        "p = (1 + #{abs(t) as large}) / (draws + 1), t = b over errors clustered by event date, each order refitted",
        "DiCiccio and Romano (2017)",
        "10.1080/01621459.2016.1202117",
    ),
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
