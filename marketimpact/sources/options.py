"""How a source is asked: patience, manners, the cache, other hosts."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import InputError

__all__ = ["CONFIG", "FetchOptions", "config_path", "host_of", "hosts_of", "origin_of", "read_config"]

CONFIG = "MARKETIMPACT_CONFIG"
"""Variable of the environment that names the user's file of settings."""

HOST = "MARKETIMPACT_HOST_"
"""Variables of the environment that name another host of a source: MARKETIMPACT_HOST_ECB_LIVE=https://mirror.bank"""

MOST_TIME = 1e9
"""Longest time that clocks of waits and sockets can count [s]."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """How sources are asked.

    Parameters
    ----------
    adjusted : bool
        Whether prices are wanted as adjusted afterwards for dividends and splits, where a source has both.
    cache : str, Path or bool
        The cache: a file of that name, the user's own (True), or none (False).
    timeout : float
        Longest wait for a connection, and for the next bytes of an answer [s].
    total : float
        Longest time for the whole call [s]; what was fetched by then is kept.
    retries : int
        Further tries after a failure that may pass.
    rate : float
        Requests to one host, at most [per s].
    largest : int
        Largest answer that is read [bytes].

    Examples
    --------
    >>> FetchOptions(retries=0).total
    300.0
    """

    adjusted: bool = False
    cache: str | Path | bool = True
    timeout: float = 30.0
    total: float = 300.0
    retries: int = 4
    rate: float = 4.0
    largest: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        for name in ("timeout", "total", "rate", "largest"):
            value, timed = getattr(self, name), name in ("timeout", "total")
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 < value < math.inf or (timed and value > MOST_TIME):
                raise InputError(
                    "is not above zero and finite",
                    parameter=f"FetchOptions.{name}",
                    received=value,
                    allowed=f"above 0, up to {MOST_TIME:g} s" if timed else "above 0",
                )
        if isinstance(self.retries, bool) or not isinstance(self.retries, int) or not 0 <= self.retries <= 20:
            raise InputError(
                "is no number of tries",
                parameter="FetchOptions.retries",
                received=self.retries,
                allowed="0 to 20",
            )
        if not isinstance(self.cache, str | Path | bool):
            raise InputError(
                "is no cache",
                parameter="FetchOptions.cache",
                received=self.cache,
                allowed="a file, True, False",
            )


def config_path() -> Path:
    """Give the user's file of settings, which need not exist."""
    import platformdirs

    said = os.environ.get(CONFIG)
    return Path(said) if said else Path(platformdirs.user_config_dir("marketimpact")) / "config.toml"


def read_config() -> Mapping[str, Mapping[str, object]]:
    """Read the user's settings: tables [hosts] and [keys]; none where there is no file.

    Raises
    ------
    InputError
        If the file cannot be read, or is not TOML; its text, which may hold keys, is never shown.
    """
    path = config_path()
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError):  # no UTF-8 and no TOML are ValueErrors, as is a name that no file can have
        raise InputError(
            "the file of settings cannot be read", parameter=path.name, allowed="a TOML file in UTF-8"
        ) from None
    tables = {name: table for name, table in found.items() if isinstance(table, dict)}
    unknown = sorted(set(found) - {"hosts", "keys"})
    if unknown or len(tables) != len(found):
        raise InputError(
            "the file of settings has unknown tables",
            parameter=path.name,
            received=unknown,
            allowed="[hosts], [keys]",
        )
    return tables


def hosts_of(environment: Mapping[str, str], config: Mapping[str, Mapping[str, object]]) -> Mapping[str, str]:
    """Give the hosts that stand in for a source's own, by source: the environment's word before the file's.

    Raises
    ------
    InputError
        If one is no address, or not over TLS: only this machine may be asked in the clear.

    Examples
    --------
    >>> hosts_of({"MARKETIMPACT_HOST_ECB_LIVE": "https://mirror.bank/ecb/"}, {})
    {'ecb-live': 'https://mirror.bank/ecb'}
    """
    said = {name.lower().replace("_", "-"): str(host) for name, host in config.get("hosts", {}).items()}
    for name, value in environment.items():
        if name.startswith(HOST) and value:
            said[name.removeprefix(HOST).lower().replace("_", "-")] = value
    return {name: _checked(name, host) for name, host in said.items()}


def origin_of(address: str) -> str:
    """Give scheme, host and port of an address, without a port that goes without saying; no user, path or query.

    Examples
    --------
    >>> origin_of("https://me:secret@Mirror.Bank:8443/ecb?key=1"), origin_of("https://mirror.bank:443/ecb")
    ('https://mirror.bank:8443', 'https://mirror.bank')
    """
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port in (None, PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def host_of(address: str) -> str:
    """Give host and port of an address, as `origin_of` has them: whoever names a user asks the same host.

    Examples
    --------
    >>> host_of("https://me:secret@Mirror.Bank:8443/ecb?key=1"), host_of("https://mirror.bank:443/ecb")
    ('mirror.bank:8443', 'mirror.bank')
    """
    return urlsplit(origin_of(address)).netloc


def _checked(name: str, host: str) -> str:
    """Check one host; what is none is not shown: it may hold a password, in whatever place."""
    try:
        parts = urlsplit(host)
        clear = parts.scheme == "http" and parts.hostname in LOOPBACK
        # a port above 65535 is a ValueError
        named = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
        good = named and (parts.scheme == "https" or clear)
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise InputError(
            "is no host that may be asked", parameter=f"hosts.{name}",
            allowed="an address that begins with https:// (http:// on this machine alone), without user or query",
        )  # fmt: skip
    return host.rstrip("/")
