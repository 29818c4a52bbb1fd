"""Kazakhstan 6.5 % 2045 on 5 January 2022: a report of one event on one bond.

The series that comes with the package is a reconstruction, and the report says so. With quotes of your own,

    python scripts/kazakhstan_2045.py my_yields.csv

(columns: date, yield_percent; closes of London, 16:30) the same report comes unstamped.
"""

import sys

import marketimpact as mi

if len(sys.argv) > 1:
    bond = mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ", snapshot="16:30 Europe/London")
    panel = mi.read_prices(sys.argv[1], bond, date="date", value="yield_percent")
else:
    panel = mi.datasets.load_panel("kazakhstan_2045")

news = mi.Event(
    "emergency",
    announced_at="2022-01-05T16:10",
    zone="Asia/Almaty",
    place="KZ",
    title="The state of emergency reaches the capital",
)
study = mi.EventStudy(mi.ConstantMean(), mi.Timeline(estimation=(-130, -11), event=(-5, 5)))
result = study.run(panel, news, confounders=mi.datasets.load_events("confounders_2022"))

print(result.summary())
page = mi.report(result)
print(page.finding)
print(page.save("kazakhstan_2045.png"))
