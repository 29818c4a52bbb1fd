"""The one way to the network: patience and manners, against a real server on this machine."""

from __future__ import annotations

import email.utils
import gc
import gzip
import itertools
import re
import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from marketimpact import errors
from marketimpact.sources.asking import Passing, _seconds
from marketimpact.sources.options import FetchOptions
from marketimpact.sources.protocol import Query
from marketimpact.sources.web import AGENT, LONGEST_WAIT, PACE, Deadline, Web
from tests.sources.loopback import Reply, in_turn, new_host, nobody, served
from tests.sources.web_asking import LASTING, PASSING, TOLD, always, ask

# What is asked


def test_a_right_answer_comes_as_it_is_and_is_asked_for_by_name() -> None:
    asked = ask(always(TOLD))
    assert asked.answer == TOLD.body
    (seen,) = asked.server.seen
    assert (seen.path, seen.params) == ("/series", {"id": "X"})
    assert seen.headers["User-Agent"] == AGENT
    assert AGENT.startswith("marketimpact/")
    assert seen.headers["Accept-Encoding"] == "gzip"


def test_an_answer_is_asked_for_once_a_call() -> None:
    with served(always(TOLD)) as server:
        web = Web("bank", FetchOptions(rate=10_000.0), Deadline.after(10.0), server.address)
        first, second = Query("X", "https://data.bank/all"), Query("Y", "https://data.bank/all")
        assert web.get(first) == web.get(second) == TOLD.body
        assert len(server.seen) == 1
        web.get(Query("X", "https://data.bank/all", params=(("a", "1&b=2"),)))
        web.get(Query("X", "https://data.bank/all", params=(("a", "1"), ("b", "2"))))
        assert [seen.params for seen in server.seen[1:]] == [{"a": "1&b=2"}, {"a": "1", "b": "2"}]


def test_a_host_may_stand_in_for_the_sources_own() -> None:
    web = Web("bank", FetchOptions(), Deadline.after(1.0), "https://mirror.example/ecb")
    assert web.address("https://data.bank/a/b?c=1") == "https://mirror.example/ecb/a/b?c=1"
    assert (
        Web("bank", FetchOptions(), Deadline.after(1.0)).address("https://data.bank/a")
        == "https://data.bank/a"
    )


# Failures that pass, and those that do not


@pytest.mark.parametrize(("reply", "kind", "words"), PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_again_and_then_told(reply: Reply, kind: type, words: str) -> None:
    asked = ask(always(reply), retries=3)
    assert type(asked.error) is kind
    assert re.search(words, str(asked.error))
    assert str(asked.error).startswith("bank:X: ")
    assert len(asked.server.seen) == 4
    assert asked.waits == [0.5, 1.0, 2.0]


@pytest.mark.parametrize(("reply", "kind", "words"), PASSING.values(), ids=PASSING)
def test_what_passes_leaves_nothing_but_a_wait(reply: Reply, kind: type, words: str) -> None:
    asked = ask(in_turn(reply, TOLD))
    assert asked.answer == TOLD.body
    assert asked.waits == [0.5]


@pytest.mark.parametrize(("reply", "kind", "words"), LASTING.values(), ids=LASTING)
def test_what_does_not_pass_is_told_at_once(reply: Reply, kind: type, words: str) -> None:
    asked = ask(always(reply))
    assert type(asked.error) is kind
    assert re.search(words, str(asked.error))
    assert "bank:X" in str(asked.error)
    assert (len(asked.server.seen), asked.waits) == (1, [])


def test_nobody_there() -> None:
    web = Web("bank", FetchOptions(retries=1, rate=1e4), Deadline.after(9.0), nobody(), sleep=lambda _: None)
    with pytest.raises(
        errors.SourceDownError, match="bank:X: bank cannot be reached: the connection is refused"
    ):
        web.get(Query("X", "https://data.bank/refused/getaddrinfo"))


def test_a_name_that_nobody_knows() -> None:
    web = Web("bank", FetchOptions(retries=0), Deadline.after(9.0), "https://data.invalid")
    with pytest.raises(errors.SourceDownError, match=r"its name is not known here \(no network\?\)"):
        web.get(Query("X", "https://data.bank/refused"))


# Waits


@pytest.mark.parametrize("jitter", [0.0, 0.5, 1.0])
def test_waits_double_up_to_the_longest_and_are_drawn_from_their_upper_half(jitter: float) -> None:
    asked = ask(always(Reply(status=500)), jitter=jitter, retries=9, total=1e6)
    full = [min(0.5 * 2**i, LONGEST_WAIT) for i in range(9)]
    assert full[-1] == LONGEST_WAIT
    assert asked.waits == pytest.approx([wait * (0.5 + 0.5 * jitter) for wait in full])


def test_callers_do_not_come_back_in_step() -> None:
    def first_wait() -> float:
        waits: list[float] = []
        with served(in_turn(Reply(status=500), TOLD)) as server:
            Web("bank", FetchOptions(rate=1e4), Deadline.after(9.0), server.address, sleep=waits.append).get(
                Query("X", "https://data.bank/")
            )
        return max(waits)

    waits = [first_wait() for _ in range(4)]
    assert len(set(waits)) == 4
    assert all(0.25 <= wait <= 0.5 for wait in waits)


def _limited(said: str, status: int = 429) -> Reply:
    return Reply(status=status, headers=(("Retry-After", said),))


@pytest.mark.parametrize("status", [429, 503])
def test_the_hosts_own_word_on_when_to_come_back_is_kept(status: int) -> None:
    asked = ask(in_turn(_limited("7", status), TOLD))
    assert asked.answer == TOLD.body
    assert asked.waits == [7.0]
    at = email.utils.formatdate(time.time() + 20.0, usegmt=True)
    (wait,) = ask(in_turn(_limited(at, status), TOLD)).waits
    assert 18.0 < wait <= 20.0


@pytest.mark.parametrize(
    "said", ["0", "soon", "-5", "nan", "inf", "1e9", "", "Sun, 06 Nov 1994 08:49:37 GMT", "٣"]
)
def test_a_word_that_says_nothing_or_too_little_leaves_the_own_wait(said: str) -> None:
    assert ask(in_turn(_limited(said.encode().decode("latin-1")), TOLD)).waits == [0.5]


def test_a_wait_longer_than_the_total_limit_is_not_begun() -> None:
    asked = ask(always(_limited("90")), total=30.0)
    assert type(asked.error) is errors.RateLimitedError
    assert asked.error.retry_after == 90.0
    assert str(asked.error).startswith("bank:X: bank asks to be left alone (429) for 90 s")
    assert (len(asked.server.seen), asked.waits) == (1, [])


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120.0), (" 3 ", 3.0), ("1.5", 1.5), (None, None), ("1 Jan 0001 00:00 -0000", 0.0)],
)
def test_what_retry_after_says(said: str | None, seconds: float | None) -> None:
    assert _seconds(said) == seconds


def test_a_host_is_not_asked_faster_than_the_limit() -> None:
    waits: list[float] = []
    with served(always(TOLD)) as server:
        web = Web("bank", FetchOptions(rate=2.0), Deadline.after(60.0), server.address, sleep=waits.append)
        for i in range(5):
            web.get(Query("X", f"https://data.bank/{i}"))
    assert waits == pytest.approx(
        [0.5, 1.0, 1.5, 2.0], abs=0.4
    )  # nobody slept, so turns lie ever further ahead
    assert np.diff(waits) == pytest.approx([0.5] * 3, abs=0.2)


def test_the_limit_holds_over_all_threads_of_a_process() -> None:
    with served(always(TOLD)) as server:

        def one(i: int) -> None:
            web = Web("bank", FetchOptions(rate=100.0), Deadline.after(60.0), server.address)
            web.get(Query("X", f"https://data.bank/{i}"))

        threads = [threading.Thread(target=one, args=(i,)) for i in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        at = sorted(seen.at for seen in server.seen)
    assert len(at) == 20
    assert at[-1] - at[0] > 0.15  # 19 turns of 10 ms, less what the first was late


def test_other_hosts_have_turns_of_their_own() -> None:
    waits: list[float] = []
    for _ in range(2):
        with served(always(TOLD)) as server:
            web = Web(
                "bank", FetchOptions(rate=0.01), Deadline.after(9.0), server.address, sleep=waits.append
            )
            assert web.get(Query("X", "https://data.bank/")) == TOLD.body
    assert waits == []


def test_a_turn_after_the_deadline_is_not_waited_for() -> None:
    with served(always(TOLD)) as server:
        web = Web("bank", FetchOptions(rate=0.01, total=5.0), Deadline.after(5.0), server.address)
        web.get(Query("X", "https://data.bank/1"))
        words = (
            r"bank:X: .*127\.0\.0\.1:\d+ may be asked again only in 100 s; "
            r"received 'rate=0\.01 requests a second, total=5 s'"
        )
        with pytest.raises(errors.SourceDownError, match=words):
            web.get(Query("X", "https://data.bank/2"))
        assert len(server.seen) == 1


def test_each_call_keeps_its_own_limit() -> None:
    """A slow call before binds no faster one after it, which would fail for a limit that is not its own."""
    waits: list[float] = []
    with served(always(TOLD)) as server:
        for rate in (0.01, 2.0, 0.1):
            web = Web(
                "bank", FetchOptions(rate=rate), Deadline.after(60.0), server.address, sleep=waits.append
            )
            web.get(Query("X", "https://data.bank/"))
    assert waits == pytest.approx([0.5, 10.5], abs=0.4)


def test_a_port_given_anew_is_another_host() -> None:
    with served(always(TOLD)) as server:
        port = int(server.host.split(":")[1])
        PACE.turns[server.host] = [time.monotonic() + 1000.0]
    assert new_host(port) == server.host
    assert PACE.turn(server.host, 1.0, 1.0) == 0.0


# Time

LATE, LONG = (
    "it did not answer in time; received 'timeout=0.1 s'",
    "its answer took too long; received 'total=0.3 s'",
)
SLOW = {
    "first byte": (Reply(b"late", first=60.0), {"timeout": 0.1}, LATE),
    "stops": (Reply(b"abcd", dribble=60.0), {"timeout": 0.1}, LATE),
    "first byte, total": (Reply(b"late", first=60.0), {"total": 0.3}, LONG),
    "dribbles": (Reply(b"x" * 10**4, dribble=0.02), {"total": 0.3}, LONG),
    "dribbles a head": (Reply(b"x", dribbled_head=0.5), {"total": 0.3}, LONG),
}


@pytest.mark.parametrize(("reply", "limits", "words"), SLOW.values(), ids=SLOW)
def test_nothing_is_waited_for_longer_than_said(
    reply: Reply, limits: Mapping[str, float], words: str
) -> None:
    asked = ask(always(reply), retries=0, **limits)
    assert type(asked.error) is errors.SourceDownError
    assert words in str(asked.error)
    assert asked.took < 6.0, (
        "each takes twenty seconds and more; a busy machine may take some for a limit of .1"
    )


def test_a_dribble_that_is_given_up_is_not_listened_to() -> None:
    with served(always(Reply(b"x" * 10**4, dribble=0.02))) as server:
        web = Web("dribbled", FetchOptions(total=0.2, retries=0), Deadline.after(0.2), server.address)
        with pytest.raises(errors.SourceDownError, match="its answer took too long"):
            web.get(Query("X", "https://data.bank/"))
        listening = [thread for thread in threading.enumerate() if thread.name == "marketimpact dribbled"]
        for thread in listening:
            thread.join(1.0)
        assert not [thread for thread in listening if thread.is_alive()]


def test_a_slow_answer_is_tried_again() -> None:
    assert ask(in_turn(Reply(b"late", first=5.0), TOLD), timeout=0.1).answer == TOLD.body


def test_a_dribble_within_the_limits_is_an_answer() -> None:
    assert ask(always(Reply(b"0123456789", dribble=0.01))).answer == b"0123456789"


def test_a_name_that_is_looked_up_for_ever_ends_at_the_total_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: ended.wait(60.0) and [])
    web = Web("bank", FetchOptions(total=0.2, retries=0), Deadline.after(0.2), "https://data.invalid")
    began = time.monotonic()
    with pytest.raises(errors.SourceDownError, match=r"its answer took too long; received 'total=0.2 s'"):
        web.get(Query("X", "https://data.bank/"))
    ended.set()
    assert time.monotonic() - began < 6.0


def test_after_the_deadline_nobody_is_asked() -> None:
    with served(always(TOLD)) as server:
        web = Web("bank", FetchOptions(total=1.0), Deadline.after(0.0), server.address)
        with pytest.raises(
            errors.SourceDownError, match=r"bank:X: .*there was no time left to ask it; received 'total=1 s'"
        ):
            web.get(Query("X", "https://data.bank/"))
        assert server.seen == []


@pytest.mark.parametrize("name", ["timeout", "total", "rate", "largest"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), True, "5"])
def test_limits_that_are_none_are_refused(name: str, value: Any) -> None:
    with pytest.raises(errors.InputError, match=f"FetchOptions.{name}: is not above zero and finite"):
        FetchOptions(**{name: value})


# Size


def test_an_answer_larger_than_the_limit_is_not_read_to_its_end() -> None:
    words = "bank:X: bank does not answer as expected: the answer is larger than 1000 bytes"
    assert words in str(ask(always(Reply(b"x" * 10**6)), largest=1000).error)
    assert words in str(ask(always(Reply(b"x" * 10**6, cut=10**5)), largest=1000).error)
    assert ask(always(Reply(b"x" * 1000)), largest=1000).answer == b"x" * 1000


def test_gzip_is_unpacked_in_one_piece_or_several() -> None:
    text = b"date,value\n" * 10**5
    packed = (("Content-Encoding", "gzip"),)
    assert ask(always(Reply(gzip.compress(text), headers=packed))).answer == text
    assert (
        ask(always(Reply(gzip.compress(text) + gzip.compress(b"end"), headers=packed))).answer
        == text + b"end"
    )
    assert ask(always(Reply(gzip.compress(b""), headers=packed))).answer == b""
    exact = ask(always(Reply(gzip.compress(b"x" * 1000), headers=packed)), largest=1000)
    assert exact.answer == b"x" * 1000


@pytest.mark.parametrize("members", [1, 3])
def test_a_bomb_of_gzip_is_not_unpacked(members: int) -> None:
    bomb = gzip.compress(bytes(20_000_000)) * members
    assert len(bomb) < 70_000
    asked = ask(always(Reply(bomb, headers=(("Content-Encoding", "gzip"),))), largest=100_000)
    assert "the answer is larger than 100000 bytes" in str(asked.error)


def test_a_bomb_of_gzip_takes_no_memory() -> None:
    import tracemalloc

    bomb = gzip.compress(bytes(200_000_000))
    tracemalloc.start()
    try:
        ask(always(Reply(bomb, headers=(("Content-Encoding", "gzip"),))), largest=1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


# Others


def test_what_a_source_marks_as_passing_is_tried_again() -> None:
    waits: list[float] = []
    web = Web("yahoo", FetchOptions(), Deadline.after(60.0), sleep=waits.append, jitter=lambda: 1.0)
    tries = itertools.count()

    def attempt() -> bytes:
        if next(tries) < 2:
            raise web.passing(errors.SourceDownError("down"), 3.0)
        return b"up"

    assert web.patiently(attempt) == b"up"
    assert waits == [3.0, 3.0]
    with pytest.raises(errors.SourceDownError, match=r"^down$") as caught:
        web.patiently(lambda: (_ for _ in ()).throw(web.passing(errors.SourceDownError("down"))))
    assert not isinstance(caught.value.__context__, Passing)


def test_a_defect_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("marketimpact.sources.asking.Question.ask", broken)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        Web("bank", FetchOptions(), Deadline.after(5.0)).get(Query("X", "https://data.bank/"))


def test_twenty_threads_get_their_own_answers() -> None:
    found: dict[int, bytes] = {}
    with served(lambda seen: Reply(seen.path.encode())) as server:

        def one(i: int) -> None:
            web = Web("bank", FetchOptions(rate=1e4), Deadline.after(60.0), server.address)
            found[i] = web.get(Query("X", f"https://data.bank/{i}"))

        threads = [threading.Thread(target=one, args=(i,)) for i in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {i: f"/{i}".encode() for i in range(20)}


def test_no_socket_is_left_open() -> None:
    for reply in (TOLD, Reply(status=404), Reply(b"x" * 10**6), Reply(b"half", declared=8)):
        ask(always(reply), retries=0, largest=1000)
    gc.collect()  # a socket that is let go of while open is a warning, and a warning fails
