"""The tree of errors and warnings.

One root; leaves only where a caller would act differently. A message says which parameter, what was
received (as parsed), what is allowed and what to do next; the same facts are attributes.
"""

from __future__ import annotations

__all__ = [
    "CacheError",
    "DataError",
    "InputError",
    "MarketImpactError",
    "MarketImpactWarning",
    "MissingExtraError",
    "NoDataError",
    "NotCachedError",
    "RateLimitedError",
    "SourceDownError",
    "SourceError",
    "UnexpectedAnswerError",
    "UnknownSymbolError",
]


class MarketImpactError(Exception):
    """Root of every error that marketimpact raises on purpose.

    Parameters
    ----------
    message : str
        The whole sentence a user reads.
    parameter : str, optional
        The parameter, column, key or file at fault.
    received : object, optional
        What was received, as parsed.
    allowed : str, optional
        What is allowed, and what to do next.

    Examples
    --------
    >>> error = InputError("no good", parameter="level", received=2, allowed="0 < level < 1")
    >>> str(error)
    'level: no good; received 2; allowed: 0 < level < 1'
    """

    def __init__(
        self,
        message: str,
        *,
        parameter: str | None = None,
        received: object = None,
        allowed: str | None = None,
    ) -> None:
        self.message = message
        self.parameter = parameter
        self.received = received
        self.allowed = allowed
        super().__init__(message)

    def __str__(self) -> str:
        text = self.message if self.parameter is None else f"{self.parameter}: {self.message}"
        if self.received is not None:
            text += f"; received {self.received!r}"
        if self.allowed is not None:
            text += f"; allowed: {self.allowed}"
        return text


class InputError(MarketImpactError):
    """A parameter, a file or a name that cannot be used as given: correct the call and try again."""


class DataError(InputError):
    """The call is right, but the data in it are not: correct the file, the frame or the series."""


class CacheError(InputError):
    """The file of the cache cannot be used: name another, delete it, or go without (``cache=False``)."""


class SourceError(MarketImpactError):
    """A source of data did not answer, or not as expected: try again later or use another source."""


class UnknownSymbolError(SourceError, InputError):
    """A source has no series of this name: correct the symbol."""


class NoDataError(SourceError, DataError):
    """A source knows the series, but has nothing of it in these dates: ask for others."""


class SourceDownError(SourceError):
    """A source could not be reached, broke off, or failed by its own word: try again later."""


class UnexpectedAnswerError(SourceError):
    """A source answered with something else than it used to: nothing of it was taken."""


class NotCachedError(SourceError):
    """Offline, and the cache does not hold what was asked for: go online once."""


class RateLimitedError(SourceError):
    """A source asks to be left alone for a while.

    Parameters
    ----------
    message, parameter, received, allowed
        As of `MarketImpactError`.
    retry_after : float, optional
        How long, by the source's own word [s].
    """

    def __init__(
        self,
        message: str,
        *,
        parameter: str | None = None,
        received: object = None,
        allowed: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.retry_after = retry_after
        super().__init__(message, parameter=parameter, received=received, allowed=allowed)


class MissingExtraError(MarketImpactError):
    """An optional dependency is not installed; the message names the extra to install."""


class MarketImpactWarning(UserWarning):
    """Something that changes a number, and that the caller did not ask for."""
