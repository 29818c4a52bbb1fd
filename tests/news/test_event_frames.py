"""Sets of events from frames that others made: whatever their zones are called, the instants are kept."""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo
from typing import Any

import pandas as pd
import pytest

import marketimpact as mi

ALMATY = "Asia/Almaty"


def zones_of_other_makers() -> list[tzinfo]:
    dateutil = pytest.importorskip("dateutil.tz", reason="another package of zones")
    pytz = pytest.importorskip("pytz", reason="another package of zones")
    return [
        dateutil.gettz(ALMATY),
        dateutil.gettz("Europe/Berlin"),
        dateutil.tzutc(),
        dateutil.tzlocal(),
        dateutil.tzoffset("KZ", 6 * 3600),
        pytz.FixedOffset(360),
        pytz.timezone("Europe/Berlin"),
        timezone(timedelta(hours=6), "Europe/Berlin"),  # a name that says something else
    ]


@pytest.mark.parametrize("at", range(8))
def test_a_column_in_the_zone_of_another_maker_can_be_read_back(at: int) -> None:
    """In January and in July; what each row says of itself is what stands in the set."""
    zone = zones_of_other_makers()[at]
    times = pd.Series(pd.DatetimeIndex(["2022-01-05T10:10", "2022-07-06T03:00"], tz="UTC").tz_convert(zone))
    read = mi.EventSet.from_frame(pd.DataFrame({"id": ["a", "b"], "announced_at": times}))
    for name, time in zip("ab", times, strict=True):
        assert read[name] == mi.Event(name, announced_at=time.to_pydatetime())
        assert read[name].local.utcoffset() == time.utcoffset()
    first, last = times.dt.strftime("%Y-%m-%d")  # where this machine is west of Greenwich, 5 July
    assert repr(read) == f"EventSet of 2, {first} to {last}"


@pytest.mark.parametrize("given_frame", [[1], {"id": ["a"]}, None, "events.csv"], ids=str)
def test_what_is_no_frame_is_refused(given_frame: Any) -> None:
    with pytest.raises(mi.InputError, match=r"frame: is not a DataFrame; received .*read_events"):
        mi.EventSet.from_frame(given_frame)
