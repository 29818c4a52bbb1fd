"""Small tables in the form of each vendor, with numbers of our own, and a reader of a text as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import marketimpact as mi

ISIN = "US900123CG37"
RATE = mi.Factor("rate")
YIELD = mi.SovereignBond("KZ", quoted="yield")

Read = Callable[..., tuple[list[str], list[float], tuple[str, ...]]]
"""Reads a text: sessions, levels and notes of its one series."""

INVESTING = (
    '"Date","Price","Open","High","Low","Vol.","Change %"\n'
    '"01/14/2022","1,234.50","1,230.00","1,240.00","1,228.10","1.2M","0.37%"\n'
    '"01/13/2022","987.25","980.10","990.00","979.90","-","-0.20%"\n'
)
YAHOO = (
    "Date,Open,High,Low,Close,Adj Close,Volume\n2022-01-04,431,433,430,432.5,401.5,0\n"
    "2022-01-05,null,null,null,null,null,null\n2022-01-06,435,436,434,435.5,404.25,0\n"
)
YFINANCE = (
    "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n"
    "2022-01-04 00:00:00-05:00,431,433,430,432.5,0,0.0,0.0\n2022-01-05 00:00:00-05:00,4,5,3,4.5,0,0.0,0.0\n"
)
FRED = "observation_date,DGS10\n2022-01-14,1.78\n2022-01-17,.\n2022-01-18,1.87\n"
ECB_RATES = (
    "Date,USD,JPY,GBP,CHF,RUB,\n2022-03-02,1.1106,128.39,0.833,1.0227,N/A,\n"
    "2022-03-01,1.1162,128.6,0.834,1.0247,117.201,\n"
)
PORTAL = (
    "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS\n"
    "EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2022-01-04,1.1279,A\n"
    "EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2022-01-05,NaN,H\n"
    "EXR.D.GBP.EUR.SP00.A,D,GBP,EUR,SP00,A,2022-01-04,0.8368,A\n"
)
DOWNLOAD = (
    '"DATE","TIME PERIOD","US dollar/Euro (EXR.D.USD.EUR.SP00.A)"\n'
    '"2022-01-04","04 Jan 2022","1.1279"\n"2022-01-05","05 Jan 2022","1.1319"\n'
)
GERMAN = (
    "Datum;Eröffnung;Hoch;Tief;Schluss;Volumen\n05.01.2022;101,0;101,9;100,1;1.101,25;1.000\n"
    "04.01.2022;101,5;102,5;101,0;102,5;\n"
)
MOSCOW = (
    "history\n\nBOARDID;TRADEDATE;SHORTNAME;SECID;OPEN;CLOSE;VOLUME\n"
    "TQOB;2022-01-04;ОФЗ 26238;SU26238RMFS4;84.2;84.5;10\nTQOB;2022-01-05;ОФЗ 26238;SU26238RMFS4;84.4;83.1;12\n\n"
)
UNTIL = (
    "ISIN,Maturity,Days Until,Currency,Buy,Buy Rate,Sell,Sell Rate\n"
    f"{ISIN},17.02.2045,8444,USD,90.1,7.5,92.2,7.3\n{ISIN},17.02.2045,8443,USD,90.2,7.4,92.3,7.2\n"
)


def reader(folder: Path) -> Read:
    """Give the function that reads a text as a file of a folder."""

    def from_text(text: str | bytes, instrument: Any = RATE, **more: Any) -> Any:
        path = folder / "a.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        (quotes,) = mi.read_prices(path, instrument, **more).quotes
        return quotes.sessions.astype(str).tolist(), quotes.levels.tolist(), quotes.notes

    return from_text
