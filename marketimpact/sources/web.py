"""The one way to the network: patient, polite, over verified TLS, with limits of time and size."""

from __future__ import annotations

import email.utils
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

from .._version import __version__
from ..errors import (
    RateLimitedError,
    SourceDownError,
    SourceError,
    UnexpectedAnswerError,
    UnknownSymbolError,
)
from .options import LOOPBACK, FetchOptions
from .secrets import Secret

if TYPE_CHECKING:
    import requests

__all__ = ["AGENT", "Deadline", "Web"]

AGENT = f"marketimpact/{__version__} (event studies of sovereign bonds and currencies)"
"""How the project names itself to a host."""

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Waits between tries double from the first to the longest, each drawn from its upper half [s]."""

MOST_REDIRECTS = 5
MOST_KEPT = 64 * 1024 * 1024
"""Answers that one call keeps, for further series that stand in the same one [bytes]."""

CHUNK = 64 * 1024

ABSENT = frozenset({400, 404, 410, 422})
REFUSED = frozenset({401, 403, 407, 451})


class _Asked(Protocol):
    """What is asked: an address and its parameters."""

    @property
    def url(self) -> str: ...
    @property
    def params(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def symbol(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a call must be over, on the clock of `time.monotonic` [s]."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Give the deadline so many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Time left [s], zero when it has passed."""
        return max(self.at - time.monotonic(), 0.0)


class _Passing(Exception):
    """A failure that may pass: the error to raise when it does not, and how long the host asks to wait."""

    def __init__(self, error: SourceError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error, self.wait = error, wait


@dataclass(slots=True)
class _Pace:
    """When each host was last asked, over all threads of a process."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    next_at: dict[str, float] = field(default_factory=dict)

    def turn(self, host: str, rate: float) -> float:
        """Take the next turn of a host; give how long to wait for it [s]."""
        with self.lock:
            now = time.monotonic()
            at = max(self.next_at.get(host, now), now)
            self.next_at[host] = at + 1.0 / rate
            return at - now


PACE = _Pace()


@dataclass(slots=True)
class Web:
    """The network as one source sees it during one call.

    Parameters
    ----------
    source : str
        Word of the source, for errors.
    options : FetchOptions
    deadline : Deadline
    host : str, optional
        Address that stands in for that of the source.
    sleep, jitter : callable
        How to wait [s], and a number from 0 to 1; tests bring their own.
    """

    source: str
    options: FetchOptions
    deadline: Deadline
    host: str | None = None
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random
    _session: requests.Session | None = None
    _kept: dict[str, bytes] = field(default_factory=dict)

    def get(
        self,
        asked: _Asked,
        *,
        secrets: Mapping[str, Secret] | None = None,
        headers: Mapping[str, str | Secret] | None = None,
    ) -> bytes:
        """Get an answer; asked once more in the same call, it is the one already there.

        Parameters
        ----------
        asked : Query
            Address and parameters.
        secrets : mapping of str to Secret, optional
            Parameters that must not be seen.
        headers : mapping, optional
            Further headers.

        Returns
        -------
        bytes
            The body, at most ``options.largest``.

        Raises
        ------
        RateLimitedError, UnknownSymbolError, SourceDownError, UnexpectedAnswerError, SourceError
            By what happened, after the tries that the options allow.
        """
        name = str(asked)
        if name not in self._kept:
            found = self.patiently(lambda: self._once(asked, dict(secrets or {}), dict(headers or {})))
            if len(found) + sum(map(len, self._kept.values())) > MOST_KEPT:
                self._kept.clear()
            self._kept[name] = found
        return self._kept[name]

    def patiently(self, attempt: Callable[[], bytes]) -> bytes:
        """Try, and try again after failures that may pass, as long as the deadline lets it."""
        for tried in range(self.options.retries + 1):
            if not self.deadline.left:
                break
            try:
                return attempt()
            except _Passing as failure:
                wait = failure.wait if failure.wait is not None else self._back_off(tried)
                if tried == self.options.retries or wait >= self.deadline.left:
                    raise failure.error from failure.__cause__
                self.sleep(wait)
        raise self._down("there was no time left to ask it", f"total={self.options.total:g} s")

    def passing(self, error: SourceError, wait: float | None = None) -> Exception:
        """Mark an error as one that may pass, for use inside `patiently`."""
        return _Passing(error, wait)

    def pause(self, host: str) -> None:
        """Wait for the turn of a host."""
        wait = PACE.turn(host, self.options.rate)
        if wait > 0.0:
            self.sleep(min(wait, self.deadline.left))

    def address(self, url: str) -> str:
        """Give the address to ask: that of the host that stands in for the source's own, where there is one."""
        if self.host is None:
            return url
        parts = urlsplit(url)
        return f"{self.host}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def _back_off(self, tried: int) -> float:
        return float(min(FIRST_WAIT * 2.0**tried, LONGEST_WAIT) * (0.5 + 0.5 * self.jitter()))

    def _once(self, asked: _Asked, secrets: dict[str, Secret], headers: dict[str, str | Secret]) -> bytes:
        import requests

        url = self.address(asked.url)
        params = [*asked.params, *((name, one.reveal()) for name, one in secrets.items())]
        shown = {name: one.reveal() if isinstance(one, Secret) else one for name, one in headers.items()}
        try:
            for _ in range(MOST_REDIRECTS + 1):
                self._check_address(url)
                self.pause(urlsplit(url).netloc)
                with self._opened().get(
                    url,
                    params=params,
                    headers=shown,
                    stream=True,
                    timeout=self._timeout(),
                    allow_redirects=False,
                ) as answer:
                    if not answer.is_redirect:
                        self._check_status(answer, asked)
                        return self._body(answer)
                    url, before = urljoin(url, answer.headers["location"]), url
                    params = []  # a redirect names its own, and a key goes to no other address
                    if urlsplit(url).netloc != urlsplit(before).netloc:
                        shown = {}
        except requests.exceptions.SSLError:
            raise self._down("its certificate cannot be trusted") from None
        except requests.exceptions.Timeout:
            raise _Passing(
                self._down("it did not answer in time", f"timeout={self.options.timeout:g} s")
            ) from None
        except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise _Passing(self._down(_how_broken(error))) from None
        except requests.exceptions.RequestException as error:  # their words may hold the whole address
            raise self._unexpected(f"the request failed ({type(error).__name__})") from None
        raise self._unexpected(f"more than {MOST_REDIRECTS} redirects")

    def _opened(self) -> requests.Session:
        import requests

        if self._session is None:
            self._session = requests.Session()
            self._session.headers["User-Agent"] = AGENT
        return self._session

    def _timeout(self) -> float:
        return max(min(self.options.timeout, self.deadline.left), 0.001)

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise self._unexpected(
                f"it sends us to an address without TLS ({parts.scheme}://{parts.hostname})"
            )

    def _check_status(self, answer: requests.Response, asked: _Asked) -> None:
        code = answer.status_code
        if code == 429:
            wait = _seconds(answer.headers.get("Retry-After"))
            raise _Passing(
                RateLimitedError(
                    f"{self.source} asks to be left alone (429)" + (f" for {wait:g} s" if wait is not None else ""),
                    parameter=f"{self.source}:{asked.symbol}", allowed="fewer requests, later", retry_after=wait,
                ),
                wait,
            )  # fmt: skip
        if code >= 500 or code == 408:
            wait = _seconds(answer.headers.get("Retry-After"))
            raise _Passing(self._down(f"it failed by its own word ({code})"), wait)
        if code in ABSENT:
            raise UnknownSymbolError(
                f"{self.source} knows no such series ({code})", parameter="symbols",
                received=f"{self.source}:{asked.symbol}", allowed="a symbol of this source",
            )  # fmt: skip
        if code in REFUSED:
            raise SourceError(
                f"{self.source} refuses this caller ({code})", parameter=f"{self.source}:{asked.symbol}",
                allowed="a key, where the source wants one; another source",
            )  # fmt: skip
        if code != 200:
            raise self._unexpected(f"status {code}")

    def _body(self, answer: requests.Response) -> bytes:
        parts, size = [], 0
        for part in answer.iter_content(CHUNK):
            size += len(part)
            if size > self.options.largest:
                raise self._unexpected(f"the answer is larger than {self.options.largest} bytes")
            if not self.deadline.left:
                raise self._down("its answer took too long", f"total={self.options.total:g} s")
            parts.append(part)
        return b"".join(parts)

    def _down(self, how: str, limit: str = "") -> SourceDownError:
        return SourceDownError(
            f"{self.source} cannot be reached: {how}",
            received=limit or None,
            allowed="a later try, or another source",
        )

    def _unexpected(self, how: str) -> UnexpectedAnswerError:
        return UnexpectedAnswerError(f"{self.source} does not answer as expected: {how}")


def _how_broken(error: Exception) -> str:
    """Say how a connection failed, in words that hold no address."""
    text = f"{error!r}"
    if "NameResolution" in text or "getaddrinfo" in text:
        return "its name is not known here (no network?)"
    if "refused" in text:
        return "the connection is refused"
    if "IncompleteRead" in text or "ChunkedEncoding" in text or "prematurely" in text:
        return "its answer broke off"
    return "the connection broke"


def _seconds(said: str | None) -> float | None:
    """Read Retry-After: seconds, or a date."""
    if said is None:
        return None
    try:
        return max(float(said), 0.0)
    except ValueError:
        pass
    try:
        at = email.utils.parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    return max(at.timestamp() - time.time(), 0.0)
