"""Placebo dates of one pair: its headline as it would be had the event come on another clean day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .estimates import window_scars
from .inference import MISSING, headline_ranks
from .result import StudyResult
from .variants import Choice, Subject, Variant, lost_variants

__all__ = ["EVENT_DATE", "STANDARD_ERRORS", "placebo_variants"]

EVENT_DATE = "event date"
STANDARD_ERRORS = "standard errors"

NOT_ALIKE = "holds a day left out of the estimation window, or no quote"


def placebo_variants(result: StudyResult, subject: Subject, choice: Choice) -> tuple[Variant, ...]:
    """Give the standardized headline at every window of the estimation window, and at the event itself.

    Each is measured against a fit that leaves its own window out (`placebo_scars`), so that event and placebos are
    treated alike. The event's own row carries its rank p.

    Parameters
    ----------
    result : StudyResult
    subject : Subject
        One pair.
    choice : Choice

    Returns
    -------
    tuple of Variant
        The event first, then one row a placebo window, in the order of the sessions [standard errors].
    """
    a, row = result.alignment, int(subject.row or 0)
    place = np.flatnonzero(result.estimates.rows == row)
    if not len(place):
        return lost_variants(subject, replace(choice, variant=EVENT_DATE), a.words(row))
    sessions = int(a.last[row] - a.position[row]) + 1
    at = a.positions[[row]]
    scars = window_scars(a, result.estimates, place, at, sessions)[0]
    first = a.timeline.estimation[0]
    days = a.design.sessions[at[0] + first + np.arange(len(scars) - 1)]
    ranks = headline_ranks(a, result.estimates, place)
    missing = bool(np.isnan(result.estimates.headline.car[place[0], 0]))
    n_obs = int(result.estimates.fit.n_obs[place[0]])

    def one(name: str, tau: int, scar: float, p_value: float, reason: str) -> Variant:
        return Variant(
            kind=subject.kinds[0][0], group=choice.group, variant=name, model=choice.model, length=choice.length,
            window="headline", term="SCAR", tau_from=tau, tau_to=tau + sessions - 1, estimate=scar,
            std_error=float("nan"), p_value=p_value, conf_low=float("nan"), conf_high=float("nan"), n=sessions,
            n_obs=n_obs, unit=STANDARD_ERRORS, reason=reason,
        )  # fmt: skip

    why = MISSING if missing else str(ranks.reason[0])
    own = float("nan") if missing else float(scars[-1])
    event = one(EVENT_DATE, 0, own, float(ranks.p_value[0]), why)
    placed = [
        one(str(day), first + j, float(scar), float("nan"), NOT_ALIKE if np.isnan(scar) else "")
        for j, (day, scar) in enumerate(zip(days, scars[:-1], strict=True))
    ]
    return (event, *placed)
