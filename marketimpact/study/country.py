"""One country on one event: its bonds, its currency and whatever else belongs to it, under one sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..market.bonds import SovereignBond
from ..market.donors import Donors
from ..market.factors import members_of
from ..market.instruments import CurrencyPair, Instrument
from ..maths.parametric import t_p_value, t_quantile
from ..units import DISPLAY_UNITS
from .joint import JointTest, joint_line
from .result import StudyResult
from .summary import ILLUSTRATIVE, Summary, p_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CountryView", "country_table", "country_view"]

MEANING = "gain: + = the country's assets gained"
NOT_TESTED = "not tested"


@dataclass(frozen=True, eq=False)
class CountryView:
    """What one event did to the assets of one country. A gain above zero is one, whatever the asset quotes.

    Attributes
    ----------
    place : str
        Country, ISO 3166 alpha-2.
    title : str
        Title of the event, or its id.
    test : JointTest
        The instruments, their abnormal moves over one window, and the joint tests.
    instruments : tuple of Instrument
        As in ``test.instruments``.
    units : tuple of str
        Unit of each abnormal move.
    level : float
        Level from which a single move counts as clear.
    stamp : str or None
        Word to stamp: a series was not observed.

    See Also
    --------
    country_view : makes it.
    """

    place: str
    title: str
    test: JointTest
    instruments: tuple[Instrument, ...]
    units: tuple[str, ...]
    level: float
    stamp: str | None

    def to_frame(self) -> pd.DataFrame:
        """Give one row an instrument.

        Returns
        -------
        DataFrame
            Columns ``instrument, what, estimate, std_error, unit, sign, gain`` (the move times its sign, in standard
            errors: the same for every kind), ``p_value`` (t), ``reading`` ("gained", "lost", "no clear move"; "not
            tested" where there is no standard error).
        """
        import pandas as pd

        gains = self._gains()
        df = np.full(len(gains), self.test.df)
        return pd.DataFrame(
            {
                "instrument": self.test.instruments,
                "what": [_what(one) for one in self.instruments],
                "estimate": self.test.abnormal,
                "std_error": self.test.std_error,
                "unit": self.units,
                "sign": self.test.signs,
                "gain": gains,
                "p_value": t_p_value(gains, df),
                "reading": [self._clear(gain) for gain in gains],
            }
        )

    def _gains(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.test.signs * self.test.abnormal / self.test.std_error)

    def _clear(self, gain: float) -> str:
        if not np.isfinite(gain):
            return NOT_TESTED
        if abs(gain) < float(t_quantile(self.level, self.test.df)):
            return "no clear move"
        return "gained" if gain > 0 else "lost"

    @property
    def tested(self) -> bool:
        """Whether any move has a standard error; models whose errors have no known covariance give none."""
        return bool(np.isfinite(self._gains()).any())

    @property
    def reading(self) -> str:
        """What the signs read like, in a sentence; signs alone prove nothing."""
        if not self.instruments:
            return "No instrument has every move of the window."
        if not self.tested:
            return f"No move is told from ordinary ones: {self.test.joint.reason}."
        found = {what: self._together(what) for what in ("bond", "currency")}
        others = [
            f"{name}: {self._clear(gain)}"
            for name, one, gain in zip(self.test.instruments, self.instruments, self._gains(), strict=True)
            if _side(one) not in found
        ]
        words = READINGS.get(
            (found["bond"], found["currency"]), "the signs differ among instruments of one kind"
        )
        if {found["bond"], found["currency"]} == {"lost", "gained"} and not self._local():
            words = (
                f"the bonds {found['bond']} and the currency {found['currency']}, and the bonds are not known to be in"
                " that currency: credit and currency went apart"
            )
        said = [f"{what}: {clear}" for what, clear in found.items() if clear]
        return f"{words[0].upper()}{words[1:]} ({', '.join([*said, *others])})."

    def _together(self, what: str) -> str:
        """What all instruments of one kind did: what they agree on, "mixed", or nothing where there is none."""
        clear = {
            self._clear(gain)
            for one, gain in zip(self.instruments, self._gains(), strict=True)
            if _side(one) == what and np.isfinite(gain)
        }
        moved = clear - {"no clear move"}
        if not clear:
            return ""
        return "mixed" if len(moved) > 1 else (moved or clear).pop()

    def _local(self) -> bool:
        """Whether all bonds are declared to pay in the country's own currency."""
        bonds = [one for one in self.instruments if isinstance(one, SovereignBond)]
        return all((one.currency or "").startswith(self.place) for one in bonds)

    def summary(self) -> Summary:
        """Give the view: text in a terminal, HTML in Jupyter."""
        first, last = self.test.first, self.test.last
        days = str(first) if first == last else f"{first} to {last}"
        head = [f"{self.place}, {days}: {self.title}", MEANING]
        if self.stamp:
            head.append(ILLUSTRATIVE.format(stamp=self.stamp))
        rows = [_row(row) for row in self.to_frame().to_dict("records")]
        tail = [f"Reading: {self.reading}", *map(joint_line, self.test.outcomes)]
        tail += [f"left out: {words}" for words in self.test.left_out]
        columns = ("instrument", "abnormal", "se", "gain [se]", "p (t)", "reading")
        return Summary(tuple(head), columns, tuple(rows), tuple(tail))

    def __repr__(self) -> str:
        return f"CountryView: {self.place}, {self.test.event_id}: {self.reading}"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


OF_BONDS = ("spread", "bond return index")
"""What series made of a bond quote."""

READINGS = {
    ("lost", "lost"): "bonds and currency lost together, as when investors leave the country's assets",
    ("gained", "gained"): "bonds and currency gained together, as when confidence returns",
    ("lost", "gained"): "yields up and the currency up, as when money gets tighter",
    ("gained", "lost"): "yields down and the currency down, as when money gets easier",
    ("lost", "no clear move"): "the bonds lost, and the currency did not move clearly",
    ("gained", "no clear move"): "the bonds gained, and the currency did not move clearly",
    ("no clear move", "lost"): "the currency lost, and the bonds did not move clearly",
    ("no clear move", "gained"): "the currency gained, and the bonds did not move clearly",
    ("no clear move", "no clear move"): "neither bonds nor currency moved clearly",
    ("lost", ""): "the bonds lost, and no currency stands beside them",
    ("gained", ""): "the bonds gained, and no currency stands beside them",
    ("no clear move", ""): "the bonds did not move clearly, and no currency stands beside them",
    ("", "lost"): "the currency lost, and no bond stands beside it",
    ("", "gained"): "the currency gained, and no bond stands beside it",
    ("", "no clear move"): "the currency did not move clearly, and no bond stands beside it",
    ("", ""): "neither a bond nor the currency is among the instruments",
}  # fmt: skip
"""What (bonds, currency) read like."""


def country_view(result: StudyResult, event_id: str | None = None, place: str | None = None) -> CountryView:
    """Put one country's instruments side by side on one event, each with the sign of a gain.

    A yield or a CDS spread that rises is a loss, a bond price, the country's currency or its equity index that rises is
    a gain; instruments that declare no such sign (`Factor` without ``gains``) stay out.

    Parameters
    ----------
    result : StudyResult
        A study of the event on several instruments of the country.
    event_id : str, optional
        May be left out where the study holds one event.
    place : str, optional
        The country; that of the event when not given.

    Returns
    -------
    CountryView
        With ``summary()``, ``to_frame()``, ``reading`` and the joint tests in ``test``.

    Raises
    ------
    InputError
        If the event is unknown or has no place, or no instrument with numbers belongs to the country.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", place="RU")
    >>> study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3)))
    >>> view = mi.country_view(study.run(mi.fetch("ecb:EUR/RUB"), news))
    >>> print(view.reading)
    The currency lost, and no bond stands beside it (currency: lost).
    """
    event_id = _event_id(result, event_id)
    event = result.events[event_id]
    where = place or event.place
    if where is None:
        raise InputError(
            "has no place",
            parameter="place",
            received=event_id,
            allowed="an event with a place, or country_view(..., place='KZ')",
        )
    test = result.joint(event_id, place=where)
    instruments = tuple(map(result.panel.instrument, test.instruments))
    units = tuple(one.move_kind(result.spec.move).unit for one in instruments)
    title = event.title or event.id
    named = {*test.instruments, *(name for term in result.spec.model.factors for name in members_of(term))}
    named |= _donors(result, event_id)
    return CountryView(where, title, test, instruments, units, result.spec.level, _stamp(result, named))


def _donors(result: StudyResult, event_id: str) -> set[str]:
    """Ids of the series that stood in for what the event does not hit; empty for models without donors."""
    a = result.alignment
    if not any(isinstance(term, Donors) for term in a.factors):
        return set()
    series = {int(s) for s in a.series[a.events.ids[a.event] == event_id]}
    return {name for s in series for basket in a.design.series[s].read for name in basket.members}


def _stamp(result: StudyResult, names: set[str]) -> str | None:
    """Word to stamp: one of the series that enter was not observed; others of the panel have no say."""
    return result.panel.select(names).stamp if names else None


def _event_id(result: StudyResult, event_id: str | None) -> str:
    if event_id is not None:
        return event_id
    ids = list(map(str, result.events.ids))
    if len(ids) != 1:
        raise InputError(
            f"the study holds {len(ids)} events: name one",
            parameter="event_id",
            allowed=", ".join(ids[:5]),
        )
    return ids[0]


def _what(instrument: Instrument) -> str:
    """What an instrument is, as tables name it."""
    if isinstance(instrument, SovereignBond):
        return "bond"
    return "currency" if isinstance(instrument, CurrencyPair) else instrument.quoted


def _side(instrument: Instrument) -> str:
    """What an instrument speaks of in a reading: series made of bonds or of the currency speak of these."""
    what = _what(instrument)
    return "bond" if what in OF_BONDS else "currency" if what.startswith("currency") else what


def _row(row: dict[object, object]) -> tuple[str, ...]:
    unit, scale = DISPLAY_UNITS[str(row["unit"])]
    estimate, error, gain, p = (
        float(str(row[name])) for name in ("estimate", "std_error", "gain", "p_value")
    )
    return (
        str(row["instrument"]),
        f"{estimate * scale:+.2f} {unit}",
        "n/a" if np.isnan(error) else f"{error * scale:.2f}",
        "n/a" if np.isnan(gain) else f"{gain:+.1f}",
        p_words(p),
        str(row["reading"]),
    )


def country_table(result: StudyResult) -> pd.DataFrame:
    """Give the country views of all events that met two instruments or more of their own place, one row an instrument.

    Parameters
    ----------
    result : StudyResult

    Returns
    -------
    DataFrame
        Columns of `CountryView.to_frame` behind ``event_id, place, first, last``; then the p of the joint tests
        (``p_joint, p_rank, p_direction``, NaN where one does not apply) and what the signs read like. Empty where no
        event met two.
    """
    import pandas as pd

    views = [country_view(result, event_id) for event_id in _events_with_several(result)]
    frames = [
        pd.DataFrame({"event_id": view.test.event_id, "place": view.place}, index=range(len(view.instruments)))
        .assign(first=str(view.test.first), last=str(view.test.last))
        .join(view.to_frame())
        .assign(
            p_joint=view.test.joint.p_value, p_rank=view.test.rank.p_value,
            p_direction=view.test.direction.p_value, country=view.reading,
        )
        for view in views
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _events_with_several(result: StudyResult) -> list[str]:
    """Events that met two instruments or more that say how the assets of the event's place gain."""
    met: dict[str, int] = {}
    for event_id, name in result.pairs:
        place = result.events[event_id].place
        if place is not None and result.panel.instrument(name).gain_sign(place):
            met[event_id] = met.get(event_id, 0) + 1
    return [event_id for event_id, count in met.items() if count > 1]
