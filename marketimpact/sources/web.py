"""The one way to the network: patient, polite, over verified TLS, with limits of time and size."""

from __future__ import annotations

import functools
import random
import threading
import time
from bisect import insort
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from ..errors import SourceError
from .asking import AGENT, Deadline, Passing, Question
from .options import FetchOptions, origin_of
from .secrets import Secret

if TYPE_CHECKING:
    import requests

__all__ = ["AGENT", "Deadline", "Web"]

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Waits between tries double from the first to the longest, each drawn from its upper half [s]."""

MOST_KEPT = 64 * 1024 * 1024
"""Answers that one call keeps, for further series that stand in the same one [bytes]."""

GRACE = 0.2
"""How long after the deadline an answer's own clock may still say what happened [s]."""


class _Asked(Protocol):
    """What is asked: an address and its parameters."""

    @property
    def url(self) -> str: ...
    @property
    def params(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def symbol(self) -> str: ...


@dataclass(slots=True)
class _Pace:
    """The turns of each host, in order: the newest past one and those to come, over all threads of a process."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    turns: dict[str, list[float]] = field(default_factory=dict)

    def turn(self, host: str, rate: float, longest: float) -> float:
        """Take the first turn that no other is nearer to than the rate allows; give how long to wait for it [s].

        One too far off is left to others. Slow callers take turns far ahead: a fast one goes before them.
        """
        with self.lock:
            now, gap, turns = time.monotonic(), 1.0 / rate, self.turns.setdefault(host, [])
            while len(turns) > 1 and turns[1] <= now:
                del turns[0]
            at = now
            for taken in turns:
                if at - gap < taken < at + gap:
                    at = taken + gap
            if at - now < longest:
                insort(turns, at)
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
    stood_in : str
        Scheme, name and port of that host, once it was asked in the place of another; empty before.
    sleep, jitter : callable
        How to wait [s], and a number from 0 to 1; tests bring their own.
    """

    source: str
    options: FetchOptions
    deadline: Deadline
    host: str | None = None
    stood_in: str = ""
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    jitter: Callable[[], float] = field(default=random.random, repr=False)
    _session: requests.Session | None = field(default=None, repr=False)
    _kept: dict[tuple[str, tuple[tuple[str, str], ...]], bytes] = field(default_factory=dict, repr=False)

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
            Parameters that must not be seen. A header hides a key better, where the source takes one: addresses
            stand in the logs of hosts and proxies.
        headers : mapping, optional
            Further headers; a Secret among them goes to the source's own host alone.

        Returns
        -------
        bytes
            The body, at most ``options.largest``.

        Raises
        ------
        RateLimitedError, UnknownSymbolError, SourceDownError, UnexpectedAnswerError, SourceError
            By what happened, after the tries that the options allow.
        """
        name = (asked.url, asked.params)
        if name not in self._kept:
            found = self.patiently(
                lambda: self._once(asked, dict(secrets or {}), dict(headers or {})), symbol=asked.symbol
            )
            if len(found) + sum(map(len, self._kept.values())) > MOST_KEPT:
                self._kept.clear()
            self._kept[name] = found
        return self._kept[name]

    def forget(self, asked: _Asked) -> None:
        """Let go of an answer that was none, so that the next series asks anew."""
        self._kept.pop((asked.url, asked.params), None)

    def patiently(self, attempt: Callable[[], bytes], *, symbol: str = "") -> bytes:
        """Try, and try again after failures that may pass, as long as the deadline lets it."""
        for tried in range(self.options.retries + 1):
            if not self.deadline.left:
                break
            try:
                return attempt()
            except Passing as caught:
                failure = caught
            wait = max(self._back_off(tried), failure.wait or 0.0)
            if tried == self.options.retries or wait >= self.deadline.left:
                raise failure.error from failure.__cause__
            self.sleep(wait)
        raise self._no_time(symbol)

    def passing(self, error: SourceError, wait: float | None = None) -> Exception:
        """Mark an error as one that may pass, for use inside `patiently`."""
        return Passing(error, wait)

    def pause(self, host: str, *, symbol: str = "") -> None:
        """Wait for the turn of a host.

        Raises
        ------
        SourceDownError
            If the deadline comes before it.
        """
        left = self.deadline.left
        wait = PACE.turn(host, self.options.rate, left)
        if wait > 0.0:
            if wait >= left:
                rate = f"rate={self.options.rate:g} requests a second, total={self.options.total:g} s"
                raise self._question(symbol).down(f"{host} may be asked again only in {wait:.3g} s", rate)
            self.sleep(wait)

    def address(self, url: str) -> str:
        """Give the address to ask: that of the host that stands in for the source's own, where there is one.

        Whoever asks for it will ask there: `stood_in` says so from now on.
        """
        if self.host is None:
            return url
        if origin_of(url) != origin_of(self.host):
            self.stood_in = origin_of(self.host)
        parts = urlsplit(url)
        return f"{self.host}{parts.path}" + (f"?{parts.query}" if parts.query else "")

    def _back_off(self, tried: int) -> float:
        return float(min(FIRST_WAIT * 2.0**tried, LONGEST_WAIT) * (0.5 + 0.5 * self.jitter()))

    def _no_time(self, symbol: str) -> SourceError:
        return self._question(symbol).down(
            "there was no time left to ask it", f"total={self.options.total:g} s"
        )

    def _question(self, symbol: str) -> Question:
        pause = functools.partial(self.pause, symbol=symbol)
        return Question(self.source, symbol, self.options, self.deadline, pause)

    def _once(self, asked: _Asked, secrets: dict[str, Secret], headers: dict[str, str | Secret]) -> bytes:
        """Ask once, in a thread that can be left behind: a name's look-up and a dribbling host know no clock."""
        question, url = self._question(asked.symbol), self.address(asked.url)
        session, future = self._opened(), Future[bytes | Exception]()

        def work() -> None:
            try:
                future.set_result(question.ask(session, url, asked.params, secrets, headers))
            except BaseException as error:  # noqa: BLE001 - raised again where the answer is waited for
                future.set_exception(error)

        threading.Thread(target=work, name=f"marketimpact {self.source}", daemon=True).start()
        found: bytes | Exception
        try:
            found = future.result(self.deadline.left + GRACE)
        except FutureTimeoutError:
            self._session, found = None, question.too_long()
        if isinstance(found, bytes):
            return found
        found.__context__ = None
        raise found

    def _opened(self) -> requests.Session:
        import requests

        if self._session is None:
            self._session = requests.Session()
            self._session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "gzip"})
        return self._session
