"""Fixtures for every test. No pandas here: the array floor's tests run where it is not installed."""

import gc
import os
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[1]

# Before numpy is loaded: workers share the processors, and threads of each would wait for those of the others.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The same examples on every machine and at every run; HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("steady", derandomize=True, database=None, deadline=None)
settings.register_profile("explore", max_examples=1_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, nor ever again among what that makes: all of it stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of shared data, beside the repository unless MARKETIMPACT_SHARED names another."""
    folder = (REPOSITORY / os.environ.get("MARKETIMPACT_SHARED", "../shared")).resolve()
    if not folder.is_dir():
        pytest.skip("no folder of shared data: set MARKETIMPACT_SHARED or put it at ../shared")
    return folder


@pytest.fixture(scope="session")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give paths of caches that do not stand yet."""
    folder = tmp_path_factory.mktemp("caches")
    return (folder / str(number) / "sources.sqlite" for number in count())


@pytest.fixture(autouse=True)
def own_cache(caches: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test a cache of sources of its own, which does not stand yet: the user's is left alone."""
    path = next(caches)
    monkeypatch.setenv("MARKETIMPACT_CACHE", str(path))
    return path


@pytest.fixture(autouse=True)
def _nothing_of_the_user(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no key, host or setting of whoever runs the tests stand in the place of a test's."""
    monkeypatch.setenv("MARKETIMPACT_CONFIG", str(own_cache.with_name("config.toml")))
    for name in list(os.environ):
        if name.startswith(("MARKETIMPACT_KEY_", "MARKETIMPACT_HOST_")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no proxy of the machine stand between a test and a server on loopback."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for spelt in (name, name.lower()):
            monkeypatch.delenv(spelt, raising=False)
