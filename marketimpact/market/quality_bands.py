"""What the levels of a currency show beside its declared band: quotes outside it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .bands import outside_band
from .instruments import CurrencyPair, Instrument
from .quality_findings import Finding, counted, dates_in_words
from .quotes import Quotes

__all__ = ["band_findings"]


def band_findings(instrument: Instrument, quotes: Quotes) -> Iterator[Finding]:
    """Give the quotes outside the declared band of a currency pair, as one finding with the largest distance.

    Parameters
    ----------
    instrument : Instrument
    quotes : Quotes

    Yields
    ------
    Finding
        Its value is the largest log distance from the nearest edge, with its sign: negative below the band.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> levels = pd.Series([7.80, 8.00, 7.90], index=pd.to_datetime(["2022-01-04", "2022-01-05", "2022-01-06"]))
    >>> panel = mi.Panel.from_frame(levels, instruments=mi.CurrencyPair("USD", "HKD", band=(7.75, 7.85)))
    >>> print(*band_findings(panel.instruments[0], panel.quotes[0]))
    USD/HKD, outside its band: 2 of 3 quotes outside 7.75 to 7.85, on 2022-01-05, 2022-01-06; by 1.9 % at most on
    2022-01-05
    """
    if not isinstance(instrument, CurrencyPair) or instrument.band is None:
        return
    low, high = instrument.band
    outside = outside_band(quotes.levels, instrument.band)
    days = quotes.sessions[outside != 0.0]
    if not len(days):
        return
    at = int(np.argmax(np.abs(outside)))
    by = 100.0 * float(np.expm1(outside[at]))
    words = (
        f"{len(days)} of {counted(len(quotes), 'quote')} outside {low:.10g} to {high:.10g}, on {dates_in_words(days)};"
        f" by {by:.2g} %{' at most' if len(days) > 1 else ''} on {quotes.sessions[at]}"
    )
    yield Finding(instrument.id, "outside its band", days[0], days[-1], float(outside[at]), "log", words)
