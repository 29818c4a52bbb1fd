"""Does the intensity of news go with the moves of three currencies? A daily index beside the ECB's rates.

``python scripts/news_intensity.py geopolitical_risk_daily.csv`` reads columns ``date`` and ``value``, newspaper-dated;
without a file a series is generated that has nothing to do with the rates, and says so.
"""

import sys

import numpy as np
import pandas as pd

import marketimpact as mi
from marketimpact.associate.lags import distributed_lags, granger
from marketimpact.associate.lead_lag import lead_lag
from marketimpact.associate.news_series import NewsReading
from marketimpact.plots.association import plot_lead_lag

PAIRS = ["EUR/RUB", "EUR/TRY", "EUR/ZAR"]

if len(sys.argv) > 1:
    frame = pd.read_csv(sys.argv[1], index_col="date", parse_dates=["date"])
    news = frame["value"].rename("news index")
else:
    print("SIMULATION: a series drawn at random; name a file to read one")
    days = pd.date_range("2015-01-01", "2021-12-31")
    noise = np.random.default_rng(0).standard_normal(len(days))
    level = pd.Series(noise, index=days).ewm(span=20).mean()
    news = (100 * np.exp(level / level.std() / 2)).rename("simulated index")

panel = mi.fetch([f"ecb:{pair}" for pair in PAIRS])
moves, sizes = NewsReading(dating_lag=1), NewsReading(dating_lag=1, of="size")

for pair in PAIRS:
    print(distributed_lags(news, panel, pair, lags=3, leads=2, reading=moves).summary(), end="\n\n")
    print(granger(news, panel, pair, lags=3, reading=moves).summary(), end="\n\n")
    path = lead_lag(news, panel, pair, lags=10, reading=sizes)
    print(path.summary(), end="\n\n")
    plot_lead_lag(path).figure.savefig(f"news_intensity_{pair.replace('/', '')}.png", dpi=150)
