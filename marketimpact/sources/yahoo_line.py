"""The line to Yahoo: sessions that keep our manners under yfinance, one caller at a time, and nothing left behind.

yfinance holds one session, one set of cookies and one memory of answers for the whole process: whoever calls it with
another session changes everybody's. Here it is borrowed under a lock and given back as it was.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import MarketImpactWarning, SourceError
from .asking import AGENT, MOST_REDIRECTS, Question
from .options import LOOPBACK, host_of
from .web import Web

if TYPE_CHECKING:
    import requests

__all__ = ["Heard", "Line", "borrowed"]

LOCK = threading.Lock()
"""Held by whoever uses yfinance: its session is everybody's."""

CHART = "/v8/finance/chart/"
"""Where in an address the prices stand; all others serve cookies, or are asked when these fail."""

LOG = logging.getLogger("marketimpact.sources.yahoo")

LOGS = ("yfinance", "bs4.dammit")
"""Who speaks up under yfinance: itself, and the reader of the pages that ask for consent."""

CHUNK = 64 * 1024

LONGEST = 24 * 3600.0
"""Stands for "without end" where a clock counts in numbers of limited size [s]."""


@dataclass(slots=True)
class Heard:
    """The last answer with prices, before yfinance made anything of it; no status where none has come.

    It has the ``status_code`` and ``headers`` of an answer, as `Question.check_status` wants them.
    """

    status_code: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)
class Line:
    """What every request of one try goes by.

    Parameters
    ----------
    web : Web
    question : Question
        Who asks for what, for errors.
    heard : Heard
    """

    web: Web
    question: Question
    heard: Heard = field(default_factory=Heard)

    def before(self, url: str, kwargs: dict[str, Any]) -> None:
        """Wait for our turn, and set a limit of time: yfinance has none of ours."""
        if CHART in url:
            self.heard = Heard()
        self.web.pause(host_of(self.address(url)), symbol=self.question.symbol)
        left = self.web.deadline.left
        if not left:
            raise self.question.too_long()
        kwargs["timeout"] = max(min(self.web.options.timeout, left, LONGEST), 0.001)

    def after(self, url: str, answer: Any) -> None:
        """Remember what prices came as."""
        if CHART in url:
            self.heard = Heard(answer.status_code, dict(answer.headers.items()), answer.content)

    def address(self, url: str) -> str:
        """Give the address to ask in the place of one of Yahoo's; one that is there already stays."""
        host = self.web.host
        return url if host is None or url.startswith(f"{host}/") else self.web.address(url)

    def too_large(self) -> SourceError:
        """Make the error of an answer above the limit of size."""
        return self.question.unexpected(f"the answer is larger than {self.web.options.largest:g} bytes")


@contextmanager
def borrowed(line: Line) -> Iterator[Any]:
    """Borrow yfinance: give a session for it, and put everything back afterwards.

    Raises
    ------
    SourceDownError
        If the lock is not free before the deadline.
    """
    web = line.web
    if not LOCK.acquire(timeout=min(web.deadline.left, LONGEST)):
        raise line.question.down("there was no time left to ask it", f"total={web.options.total:g} s")
    try:
        # What pandas deprecates in yfinance is no word to our user, and its import adds a filter to those of the user.
        with warnings.catch_warnings(), _hushed():
            _ignore_theirs()
            import yfinance  # noqa: F401 - its import puts a filter of its own before ours

            _ignore_theirs()
            with _settings(), _session(line) as session:
                yield session
    finally:
        LOCK.release()


def _ignore_theirs() -> None:
    """Ignore all warnings but our own: filters are those of the process, and another thread may have a word to say."""
    said: list[Any] = [
        action
        for action, message, category, module, _ in warnings.filters
        if message is None and module is None and issubclass(MarketImpactWarning, category)
    ]
    warnings.simplefilter("ignore")
    warnings.simplefilter(said[0] if said else "default", MarketImpactWarning)


@contextmanager
def _hushed() -> Iterator[None]:
    """Pass what yfinance logs on to our own log, at the level of debugging."""

    def quiet(record: logging.LogRecord) -> bool:
        LOG.debug("%s: %s", record.name, record.getMessage())
        return False

    theirs = [logging.getLogger(name) for name in LOGS]
    for log in theirs:
        log.addFilter(quiet)
    try:
        yield
    finally:
        for log in theirs:
            log.removeFilter(quiet)


@contextmanager
def _settings() -> Iterator[None]:
    """Have yfinance raise what goes wrong, and leave patience to us."""
    import yfinance

    debug, network = yfinance.config.debug, yfinance.config.network
    before = debug.hide_exceptions, network.retries
    debug.hide_exceptions, network.retries = False, 0
    try:
        yield
    finally:
        debug.hide_exceptions, network.retries = before


@dataclass(frozen=True, slots=True)
class _Known:
    """What one host knows us by: kept, or every series would cost two requests more."""

    crumb: Any
    cookie: Any
    strategy: Any
    jar: tuple[Any, ...]


_KNOWN: dict[str | None, _Known] = {}
"""By host; read and written under the lock."""


@contextmanager
def _session(line: Line) -> Iterator[Any]:
    """Give a session, and put back everybody's: with its cookies, and without our answers in its memory."""
    from yfinance.data import YfData

    shared, host = YfData(), line.web.host
    before = dict(vars(shared))
    session = _by_requests(line) if host is not None else _to_yahoo(line)
    jar = getattr(session.cookies, "jar", session.cookies)
    known = _KNOWN.pop(host, None) or _Known(None, None, "basic", ())
    for cookie in known.jar:
        jar.set_cookie(cookie)
    shared._crumb, shared._cookie, shared._cookie_strategy = known.crumb, known.cookie, known.strategy
    YfData.cache_get.cache_clear()  # it remembers a failure for as long as the process lives
    try:
        yield session
        if line.heard.status_code == 200:
            _KNOWN[host] = _Known(shared._crumb, shared._cookie, shared._cookie_strategy, tuple(jar))
    finally:
        vars(shared).clear()
        vars(shared).update(before)
        YfData.cache_get.cache_clear()
        session.close()


def _polite(base: Any, line: Line) -> Any:
    """Give a class of sessions whose every request goes by a line."""

    class Polite(base):  # type: ignore[misc]  # of requests or of curl_cffi
        def request(self, method: str, url: str, **kwargs: Any) -> Any:
            line.before(url, kwargs)
            answer = super().request(method, url, **kwargs)
            line.after(url, answer)
            return answer

    return Polite


def _to_yahoo(line: Line) -> Any:
    """Give a session to Yahoo itself, as yfinance would: one that passes for a browser, where curl_cffi is there."""
    try:
        if os.environ.get("YF_DISABLE_CURL_CFFI", "").lower() in ("1", "true", "yes"):
            raise ImportError("yfinance is told not to use curl_cffi")
        from curl_cffi import CurlOpt
        from curl_cffi import requests as curl
    except ImportError:
        return _by_requests(line)
    return _polite(curl.Session, line)(
        impersonate="chrome",
        max_redirects=MOST_REDIRECTS,
        curl_options={
            CurlOpt.MAXFILESIZE_LARGE: int(line.web.options.largest),
            CurlOpt.REDIR_PROTOCOLS_STR: b"https",
        },
    )


def _by_requests(line: Line) -> Any:
    """Give a session that says who asks: to the host that stands in for Yahoo, or where curl_cffi is not there."""
    import requests

    session = _polite(requests.Session, line)()
    session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "gzip"})
    session.max_redirects = MOST_REDIRECTS
    session.adapters.clear()  # no request without TLS
    session.mount("https://", _adapter(line))
    host = line.web.host
    if host is not None and urlsplit(host).hostname in LOOPBACK:
        session.mount(f"{host}/", _adapter(line))
    return session


def _adapter(line: Line) -> Any:
    """Give an adapter that puts another host in the place of Yahoo's, and measures what comes."""
    import requests
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def send(  # type: ignore[override]  # whatever requests hands on
            self, request: requests.PreparedRequest, **kwargs: Any
        ) -> requests.Response:
            if line.web.host is not None:
                request = request.copy()
                request.url = line.address(request.url or "")
                request.headers.pop("Cookie", None)  # yfinance keeps its user's cookies of Yahoo on disk
                kwargs["proxies"] = requests.utils.resolve_proxies(request, {})
            answer = super().send(request, **kwargs)
            answer.raw = _Measured(answer.raw, line)
            return answer

    return Adapter()


class _Measured:
    """The body of an answer, which ends with an error when it grows too large or comes too slowly."""

    def __init__(self, raw: Any, line: Line) -> None:
        self._raw, self._line, self._room = raw, line, line.web.options.largest

    def stream(self, size: int, decode_content: bool | None = None) -> Iterator[bytes]:
        """Give the body as it comes in."""
        ended = False
        try:
            while part := self._raw.read1(CHUNK, decode_content=decode_content):
                self._room -= len(part)
                if self._room < 0:
                    raise self._line.too_large()
                if not self._line.web.deadline.left:
                    raise self._line.question.too_long()
                yield part
            ended = True
        finally:
            if not ended:
                self._raw.close()  # or its connection would be nobody's

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
