"""Pegs and bands: which part of a currency's move lies outside a declared band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..maths.moves import moves_from_levels
from .exchange_rates import pair_of
from .panel import Panel

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["band_moves", "outside_band"]


def outside_band(levels: NDArray[np.float64], band: tuple[float, float]) -> NDArray[np.float64]:
    """Give the log distance from the nearest edge of a band, shape (n,); 0 inside, edges included.

    Parameters
    ----------
    levels : ndarray, shape (n,)
        Rates, above zero [quote per base].
    band : tuple of float
        Lowest and highest rate [quote per base].

    Returns
    -------
    ndarray, shape (n,)
        log(S / high) > 0 above the band, log(S / low) < 0 below it [log].

    Examples
    --------
    >>> outside_band(np.array([7.80, 7.85, 8.0]), (7.75, 7.85)).round(4).tolist()
    [0.0, 0.0, 0.0189]
    """
    low, high = band
    return np.asarray(np.log(levels / np.clip(levels, low, high)))


def band_moves(panel: Panel, name: str) -> pd.DataFrame:
    """Split the moves of a pegged or banded currency into the part outside its declared band and the rest.

    Inside a band the central bank takes up what the market would have moved: moves are censored, and their size
    says little. What breaks the band is not. Let d_t be the log distance of the rate from the nearest edge, 0 inside.
    The move r_t = log(S_t / S_{t-1}) is (d_t - d_{t-1}), outside, plus the rest, inside; a return into the band is
    a move outside, with its sign.

    Parameters
    ----------
    panel : Panel
    name : str
        Id of a `CurrencyPair` with ``band=(low, high)``.

    Returns
    -------
    DataFrame
        One row a session: ``session``; ``level`` [quote per base]; ``outside``, the distance d_t from the nearest
        edge [log]; ``move`` r_t, ``move_outside`` and ``move_inside`` [log], NaN at the first session.

    Raises
    ------
    InputError
        If the member is unknown, is no currency pair or declares no band.

    See Also
    --------
    marketimpact.market.quality.inspect : finds quotes outside a band.

    Examples
    --------
    >>> import pandas as pd
    >>> from marketimpact.market.instruments import CurrencyPair
    >>> days = pd.to_datetime(["2022-01-04", "2022-01-05", "2022-01-06"])
    >>> frame = pd.DataFrame({"USD/HKD": [7.80, 8.00, 7.80]}, index=days)
    >>> panel = Panel.from_frame(frame, instruments=CurrencyPair("USD", "HKD", band=(7.75, 7.85)))
    >>> band_moves(panel, "USD/HKD")[["outside", "move", "move_outside", "move_inside"]].round(4)
       outside    move  move_outside  move_inside
    0   0.0000     NaN           NaN          NaN
    1   0.0189  0.0253        0.0189       0.0064
    2   0.0000 -0.0253       -0.0189      -0.0064
    """
    import pandas as pd

    pair, quotes = pair_of(panel, name), panel.quotes_of(name)
    if pair.band is None:
        raise InputError(
            "declares no band",
            parameter=name,
            received=pair.band,
            allowed=f"CurrencyPair({pair.base!r}, {pair.quote!r}, band=(lowest, highest))",
        )
    outside = outside_band(quotes.levels, pair.band)
    move = moves_from_levels(quotes.levels, "log")
    move_outside = np.full(len(move), np.nan)
    move_outside[1:] = np.diff(outside)
    return pd.DataFrame(
        {
            "session": quotes.sessions.astype("datetime64[s]"),
            "level": quotes.levels,
            "outside": outside,
            "move": move,
            "move_outside": move_outside,
            "move_inside": move - move_outside,
        }
    )
