"""One question to one host: over verified TLS, to no other place than it should go, no longer and no larger than said.

Everything that could hold a key stays in here: what goes wrong is given back as a value, never raised from inside.
"""

from __future__ import annotations

import email.utils
import http.client
import re
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, unquote_plus, urljoin, urlsplit

from .._version import __version__
from ..errors import (
    RateLimitedError,
    SourceDownError,
    SourceError,
    UnexpectedAnswerError,
    UnknownSymbolError,
)
from .options import LOOPBACK, FetchOptions, host_of, origin_of
from .secrets import Secret, hide_in_logs

if TYPE_CHECKING:
    import requests

__all__ = ["AGENT", "Deadline", "Passing", "Question", "chain_of"]

AGENT = f"marketimpact/{__version__} (event studies of sovereign bonds and currencies)"
"""How the project names itself to a host."""

MOST_REDIRECTS = 5

CHUNK = 64 * 1024

ABSENT = frozenset({400, 404, 410, 422})
REFUSED = frozenset({401, 403, 407, 451})
OVERLOADED = frozenset({408, 425})

ZIPPED = frozenset({"gzip", "x-gzip"})
"""The one form of packing that is asked for, and read: its growth can be watched."""


class _Answered(Protocol):
    """What a status is read from."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


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


class Passing(Exception):
    """A failure that may pass: the error to raise when it does not, and how long the host asks to wait [s]."""

    def __init__(self, error: SourceError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error, self.wait = error, wait


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of whom, and how long and how large its answer may be.

    Parameters
    ----------
    source, symbol : str
        Names of the source and the series, for errors.
    options : FetchOptions
    deadline : Deadline
    pause : callable
        Waits for the turn of a host, "data.bank:443".
    """

    source: str
    symbol: str
    options: FetchOptions
    deadline: Deadline
    pause: Callable[[str], None]

    def ask(
        self,
        session: requests.Session,
        url: str,
        params: tuple[tuple[str, str], ...],
        secrets: Mapping[str, Secret],
        headers: Mapping[str, str | Secret],
    ) -> bytes | Passing | SourceError:
        """Give the body of the answer, or what went wrong; a key is in neither."""
        from urllib3.exceptions import HTTPError

        hidden = [one for one in (*secrets.values(), *headers.values()) if isinstance(one, Secret)]
        keys = [one.reveal() for one in hidden if one.reveal()]
        hide_in_logs(keys)
        shown = {name: one.reveal() if isinstance(one, Secret) else one for name, one in headers.items()}
        said = [*params, *((name, one.reveal()) for name, one in secrets.items())]
        try:
            self._check_tls(url, local=True)
            for _ in range(MOST_REDIRECTS + 1):
                self.pause(host_of(url))
                with session.get(
                    url, params=said, headers=shown, stream=True, timeout=self._timeout(), allow_redirects=False,
                ) as answer:  # fmt: skip
                    if not answer.is_redirect:
                        self.check_status(answer)
                        return b"".join(self._parts(answer))
                    url, before = urljoin(url, answer.headers["location"]), url
                said = []  # a redirect names its own parameters
                if self._elsewhere(url, before, keys):
                    shown = {name: one for name, one in headers.items() if not isinstance(one, Secret)}
        except (Passing, SourceError) as failure:
            failure.__context__ = None
            return failure.with_traceback(None)
        except (OSError, HTTPError, ValueError) as error:  # an error of requests is an OSError
            return self._failure(error)
        return self.unexpected(f"more than {MOST_REDIRECTS} redirects")

    def down(self, how: str, limit: str = "") -> SourceDownError:
        """Make the error of a source that does not answer."""
        return SourceDownError(
            f"{self.source} cannot be reached: {how}", parameter=self._name,
            received=limit or None, allowed="a later try, or another source",
        )  # fmt: skip

    def unexpected(self, how: str) -> UnexpectedAnswerError:
        """Make the error of an answer that is none."""
        return UnexpectedAnswerError(
            f"{self.source} does not answer as expected: {how}", parameter=self._name
        )

    def too_long(self) -> SourceDownError:
        """Make the error of an answer that did not end before the deadline."""
        return self.down("its answer took too long", f"total={self.options.total:g} s")

    @property
    def _name(self) -> str:
        return f"{self.source}:{self.symbol}" if self.symbol else self.source

    def _timeout(self) -> float:
        return max(min(self.options.timeout, self.deadline.left), 0.001)

    def _check_tls(self, url: str, *, local: bool) -> None:
        """Refuse an address in the clear; one on this machine may be, where a user asked for such a one."""
        parts = urlsplit(url)
        if parts.scheme != "https" and not (local and parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise self.unexpected(
                f"it leads to an address without TLS ({_shown(parts.scheme, parts.hostname)})"
            )

    def _elsewhere(self, url: str, before: str, keys: list[str]) -> bool:
        """Check where a redirect goes: is it another host?"""
        self._check_tls(url, local=urlsplit(before).scheme == "http")
        if origin_of(url) == origin_of(before):
            return False
        if any(key in form for key in keys for form in (url, unquote(url), unquote_plus(url))):
            host = _shown("https", urlsplit(url).hostname)
            raise self.unexpected(f"it sends us, key and all, to another host ({host})")
        return True

    def check_status(self, answer: _Answered) -> None:
        """Raise what the status of an answer means; 200 means none of it.

        Raises
        ------
        Passing
            If it may pass.
        UnknownSymbolError, UnexpectedAnswerError, SourceError
        """
        code, wait = answer.status_code, _seconds(answer.headers.get("Retry-After"))
        if code == 429:
            raise Passing(
                RateLimitedError(
                    f"{self.source} asks to be left alone (429)" + (f" for {wait:g} s" if wait is not None else ""),
                    parameter=self._name, allowed="fewer requests, later", retry_after=wait,
                ),
                wait,
            )  # fmt: skip
        if code >= 500 or code in OVERLOADED:
            raise Passing(self.down(f"it failed by its own word ({code})"), wait)
        if code in ABSENT:
            raise UnknownSymbolError(
                f"{self.source} knows no such series ({code})", parameter="symbols", received=self._name,
                allowed="a symbol of this source",
            )  # fmt: skip
        if code in REFUSED:
            raise SourceError(
                f"{self.source} refuses this caller ({code})", parameter=self._name,
                allowed="a key, where the source wants one; another source",
            )  # fmt: skip
        if code != 200:
            raise self.unexpected(f"status {code}")

    def _parts(self, answer: requests.Response) -> Iterator[bytes]:
        """Give the body as it comes in, unpacked, within the limits of size and time."""
        packing = answer.headers.get("content-encoding", "identity").strip().lower() or "identity"
        if packing != "identity" and packing not in ZIPPED:
            raise self.unexpected(f"packed as {packing[:20]!r}, which was not asked for")
        unpacked = _Unzipped() if packing in ZIPPED else None
        room = self.options.largest
        while part := answer.raw.read1(CHUNK, decode_content=False):  # `read` would wait for a whole chunk
            if not self.deadline.left:
                raise self.too_long()
            if unpacked is not None:
                try:
                    part = unpacked.more(part, room)
                except zlib.error:
                    raise self.unexpected("what it calls gzip is none") from None
            room -= len(part)
            if room < 0:
                raise self.unexpected(f"the answer is larger than {self.options.largest} bytes")
            yield part
        if unpacked is not None and not unpacked.complete:
            raise Passing(self.down("its answer broke off"))

    def _failure(self, error: Exception) -> Passing | SourceError:
        """Say what broke, in words that hold no address: those of requests may show the whole of it."""
        import requests
        from urllib3.exceptions import HTTPError, IncompleteRead, NameResolutionError, TimeoutError

        chain = list(chain_of(error))

        def has(*kinds: type[BaseException]) -> bool:
            return any(isinstance(one, kinds) for one in chain)

        if has(ssl.SSLCertVerificationError):
            return self.down("its certificate cannot be trusted")
        if has(NameResolutionError):
            return Passing(self.down("its name is not known here (no network?)"))
        if has(ConnectionRefusedError):
            return Passing(self.down("the connection is refused"))
        if has(requests.exceptions.Timeout, TimeoutError):
            if not self.deadline.left:
                return self.too_long()
            return Passing(self.down("it did not answer in time", f"timeout={self.options.timeout:g} s"))
        if has(IncompleteRead, http.client.IncompleteRead):
            return Passing(self.down("its answer broke off"))
        if has(ssl.SSLError, requests.exceptions.ConnectionError, HTTPError):
            return Passing(self.down("the connection broke"))
        return self.unexpected(f"the request failed ({type(error).__name__})")


class _Unzipped:
    """Gzip, unpacked as it comes in, and never further than there is room."""

    __slots__ = ("_member", "_started")

    def __init__(self) -> None:
        self._member, self._started = zlib.decompressobj(wbits=31), False

    def more(self, part: bytes, room: int) -> bytes:
        """Unpack a part; at most one byte more than there is room for, which tells that there is too much."""
        made = b""
        while part and len(made) <= room:
            self._started = True
            made += self._member.decompress(part, room + 1 - len(made))
            part = self._member.unused_data
            if self._member.eof:
                self._member, self._started = zlib.decompressobj(wbits=31), False
        return made

    @property
    def complete(self) -> bool:
        """Whether it has ended where gzip may end."""
        return not self._started


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """Give an error and all that stand behind it."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        behind = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [other for other in behind if isinstance(other, BaseException)]


def _shown(scheme: str, host: str | None) -> str:
    return f"{scheme}://{host}"[:80]


def _seconds(said: str | None) -> float | None:
    """Read Retry-After: seconds, or a date; anything else says nothing."""
    if said is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", said.strip(), re.ASCII):
        return float(said)
    try:
        at = email.utils.parsedate_to_datetime(said)
    except (TypeError, ValueError, OverflowError):
        return None
    return max((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - time.time(), 0.0)
