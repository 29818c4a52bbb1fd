"""A study file that holds every kind of regression and association, and the small files that it names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from marketimpact.app.kinds import KINDS

DAYS = pd.bdate_range("2019-01-01", periods=560)
EVERY = pd.date_range(DAYS[0], DAYS[-1])
AT = np.arange(30, 540, 21)
MEMBERS = ("TRY", "ZAR", "PLN", "HUF", "USD", "JPY", "CHF", "CNY")
IDS = [f"e{k}" for k in range(len(AT))]
SURPRISES = np.random.default_rng(5).normal(0.0, 1.0, len(AT)).round(3)


def write_data(home: Path) -> None:
    """Eight currencies, news on 25 days that moves four of them, an index of news, and a state of ones and zeros."""
    rng = np.random.default_rng(11)
    n = len(DAYS)
    news, wild = np.zeros(n), np.ones(n)
    news[AT], wild[AT] = SURPRISES, 2.0
    wild[1:] *= np.exp(np.convolve(rng.normal(0.0, 0.5, n), 0.9 ** np.arange(20))[1:n] / 3.0)
    driver = rng.normal(0.0, 0.005, n) * wild
    moves = {
        name: share * (driver + 0.004 * news) + rng.normal(0.0, 0.003, n)
        for name, share in zip(MEMBERS, (1.0, 0.6, 0.3, 0.2, 0.0, 0.0, 0.0), strict=False)
    }
    loose = np.where(np.arange(n) < 280, 0.0001, 0.003)
    moves["CNY"] = moves["USD"] + rng.normal(0.0, 1.0, n) * loose
    for name, one in moves.items():
        prices = pd.DataFrame({"date": DAYS.strftime("%Y-%m-%d"), "value": 10.0 * np.exp(np.cumsum(one))})
        prices.to_csv(home / f"{name.lower()}.csv", index=False)
    index = np.exp(0.5 * rng.normal(size=len(EVERY)))
    index[EVERY.get_indexer(DAYS)] += np.abs(moves["TRY"]) / 0.004
    written = {"day": EVERY.strftime("%d.%m.%Y"), "GPRD": index, "other": 1.0}
    pd.DataFrame(written).to_csv(home / "gpr.csv", index=False)
    state = pd.DataFrame({"date": EVERY.strftime("%Y-%m-%d"), "value": np.arange(len(EVERY)) // 150 % 2})
    state.to_csv(home / "crisis.csv", index=False)
    events = pd.DataFrame(
        {
            "id": IDS,
            "announced_at": [f"{day.date()}T09:00" for day in DAYS[AT]],
            "zone": "Europe/Berlin",
            "surprise": SURPRISES,
            "surprise_unit": "points",
        }
    )
    events.to_csv(home / "events.csv", index=False)


EVENTS = '[events]\nfile = "events.csv"\n'
SERIES = "".join(
    f'[[series]]\nfile = "{name.lower()}.csv"\n'
    f'currency = {{ base = "EUR", quote = "{name}", snapshot = "14:15 Europe/Berlin" }}\n'
    for name in MEMBERS
)
GPR = 'news = { file = "gpr.csv", date = "day", value = "GPRD" }\n'
PAIRS = [[one, "EUR/TRY"] for one in IDS]
FIVE = ["EUR/TRY", "EUR/ZAR", "EUR/PLN", "EUR/HUF", "EUR/CHF"]

KEYS: dict[str, str] = {
    "events": f"pairs = {json.dumps(PAIRS[:6])}\n",
    "surprises": f'pairs = {json.dumps(PAIRS)}\nby = "none"\nstate = "crisis.csv"\n'
    'controls = [{ basket = ["EUR/CHF", "EUR/JPY"], id = "havens" }]\n',
    "panel": f"pairs = {json.dumps(PAIRS[:6])}\nunits = {json.dumps(FIVE)}\nwild = 99\n",
    "staggered": f'pairs = [["e3", "EUR/TRY"], ["e9", "EUR/ZAR"]]\nunits = {json.dumps(FIVE)}\nleads = 2\nlags = 3\n'
    'controls = "never"\ndraws = 199\nseed = 4\n',
    "projection": 'instrument = ["EUR/TRY", "EUR/ZAR"]\nshock = "surprise"\nhorizons = 4\ncontrols = ["EUR/CHF"]\n',
    "heteroskedasticity": 'instrument = "EUR/ZAR"\ndriver = "EUR/TRY"\ncontrol_days = "all"\ndraws = 199\n'
    "level = 0.9\n",
    "volatility": 'instrument = "EUR/TRY"\nmodel = "gjr"\n',
    "variance": 'instrument = "EUR/TRY"\nscaled = "none"\ncontrols = ["EUR/CHF"]\nseed = 2\n',
    "largest": 'instrument = "EUR/TRY"\nmodel = "market"\nbasket = ["EUR/CHF", "EUR/JPY"]\nn = 9\nafter = 1\n'
    "estimation = [-90, -6]\n",
    "breaks": 'instrument = "EUR/CNY"\nfactors = ["EUR/USD"]\nvariance = true\nmost = 2\n',
    "regimes": 'currency = "CNY"\nanchors = ["USD", "EUR", "JPY"]\nmost = 2\n',
    "lead_lag": f'{GPR}instrument = "EUR/TRY"\nof = "size"\nlags = 4\ndraws = 199\nseed = 3\n',
    "coincidence": 'instrument = "EUR/TRY"\nshare = 0.1\nside = "up"\nsurrogate = "shuffle"\ndraws = 99\n',
    "granger": f'{GPR}instrument = "EUR/TRY"\nlags = 2\nhow = "sum"\ndating_lag = 1\n',
    "distributed_lags": f'{GPR}instrument = ["EUR/TRY", "EUR/ZAR"]\nlags = 2\nleads = 1\ncov = "HC1"\n',
    "quantiles": f'{GPR}instrument = "EUR/TRY"\nquantiles = [0.1, 0.5, 0.9]\ndraws = 29\n',
    "adjusted_correlation": 'source = "EUR/TRY"\ntarget = "EUR/ZAR"\nturbulent = "crisis.csv"\nseed = 1\n',
    "spillovers": 'instruments = ["EUR/TRY", "EUR/ZAR", "EUR/CHF"]\nwindow = 200\nstep = 90\n',
}  # fmt: skip

WITHOUT_STUDY = [name for name, one in KINDS.items() if not one.of_study]
"""Kinds that need no [study]; the others have tests of their own."""

ALL = "".join(f'[[{KINDS[kind].room}]]\nkind = "{kind}"\n{lines}' for kind, lines in KEYS.items())
