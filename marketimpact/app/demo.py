"""The demonstration: real rates and one reconstruction, from dated news to pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..datasets.shipped import load_events, load_panel
from ..market.baskets import basket
from ..market.panel import Panel
from ..reporting.contact import ContactSheet, contact_sheet
from ..reporting.page import Report, report
from ..sources.registry import fetch
from ..study.event_study import EventStudy
from ..study.models import MarketModel
from ..timeline import Timeline
from .publish import publish

__all__ = ["run_demo"]

EMERGING = ("BRL", "CNY", "IDR", "INR", "KRW", "MXN", "MYR", "PHP", "THB", "ZAR")
"""Currencies of the benchmark: emerging, and far from the events; the lira of late 2021 had a crisis of its own."""

Page = Report | ContactSheet


def run_demo(
    folder: str | Path, progress: Callable[[int, int], None] | None = None
) -> list[tuple[Path, str]]:
    """Write the demonstration's pages into a folder, all or none.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there.
    progress : callable, optional
        Called with (done, all) after each page.

    Returns
    -------
    list of (Path, str)
        Each page and its finding in one line.
    """
    files, findings = {}, []
    for done, (name, make) in enumerate(PAGES.items(), start=1):
        page = make()
        files[name] = page.png()
        findings.append(page.finding)
        if progress is not None:
            progress(done, len(PAGES))
    return list(zip(publish(files, Path(folder)), findings, strict=True))


def kazakhstan_2045() -> Report:
    """The yield spike of 5 January 2022, on the reconstructed series."""
    panel, events = load_panel("kazakhstan_2045"), load_events("kazakhstan_2022")
    confounders = load_events("confounders_2022")
    result = EventStudy().run(panel, events, pairs="place", confounders=confounders)
    return report(result, "kz-2022-01-05-emergency")


def _ruble(event_id: str, last: int) -> Report:
    """EUR/RUB against a basket; the ECB's ruble rate ends on 1 March 2022, so the window ends at ``last``."""
    panel = _rates("RUB")
    model = MarketModel(basket(panel, panel.select(_euro(EMERGING)).ids, id="ten emerging currencies"))
    study = EventStudy(model, Timeline(event=(-5, last)), windows=((0, 0), (0, 1), (-1, 1), (-5, last)))
    result = study.run(panel, load_events("ruble_2022"), pairs=[(event_id, "EUR/RUB")])
    return report(result, event_id)


def ruble_invasion() -> Report:
    """The ruble on the day of the invasion, 24 February 2022."""
    return _ruble("ru-2022-02-24-invasion", 3)


def ruble_sanctions() -> Report:
    """The ruble after the weekend's sanctions, 28 February 2022."""
    return _ruble("ru-2022-02-26-sanctions", 1)


def kazakhstan_currencies() -> ContactSheet:
    """The Kazakhstan news of January 2022 on three currencies, real rates."""
    panel = _rates("RUB", "TRY")
    emerging = basket(panel, panel.select(_euro(EMERGING)).ids, id="emerging currencies")
    events = load_events("kazakhstan_2022")
    names = ("EUR/RUB", "EUR/TRY", "EUR/CNY")
    pairs = [(str(event_id), name) for event_id in events.ids for name in names]
    timeline = Timeline(estimation=(-250, -11))  # long enough to shift ten sessions jointly
    study, confounders = EventStudy(MarketModel(emerging), timeline), load_events("confounders_2022")
    result = study.run(panel, events, pairs=pairs, confounders=confounders)
    return contact_sheet(result, title="Kazakhstan, January 2022: did the news move other currencies?")


def _euro(currencies: tuple[str, ...]) -> list[str]:
    return [f"EUR/{currency}" for currency in currencies]


def _rates(*currencies: str) -> Panel:
    return fetch([f"ecb:{pair}" for pair in _euro((*currencies, *EMERGING))])


PAGES: dict[str, Callable[[], Page]] = {
    "kazakhstan_2045_yield.png": kazakhstan_2045,
    "ruble_invasion.png": ruble_invasion,
    "ruble_sanctions.png": ruble_sanctions,
    "kazakhstan_news_currencies.png": kazakhstan_currencies,
}
"""What the demonstration writes: a file's name, and what makes its page."""
