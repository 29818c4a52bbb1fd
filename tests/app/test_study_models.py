"""Models on one benchmark, and moves over a volatility, named in a study file."""

from pathlib import Path

import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_run import run_study

HEAD = """
[[events.list]]
id = "invasion"
announced_at = "2022-02-24T05:50"
zone = "Europe/Moscow"

[[series]]
source = "ecb:EUR/RUB"

[[series]]
source = "ecb:EUR/ZAR"

[[series]]
source = "ecb:EUR/MXN"

[study]
pairs = [["invasion", "EUR/RUB"]]
event = [-5, 3]
"""


def model_of(folder: Path, lines: str) -> object:
    path = folder / "study.toml"
    path.write_text(HEAD + lines, encoding="utf-8")
    return read_study_file(path).study.model


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("market", mi.MarketModel),
        ("adjusted", mi.MarketAdjusted),
        ("dimson", mi.DimsonModel),
        ("scholes-williams", mi.ScholesWilliams),
    ],
)
def test_models_on_a_benchmark_or_a_basket(name: str, model: type, tmp_path: Path) -> None:
    assert model_of(tmp_path, f'model = "{name}"\nbenchmark = "EUR/ZAR"') == model("EUR/ZAR")
    basket = model_of(tmp_path, f'model = "{name}"\nbasket = ["EUR/ZAR", "EUR/MXN"]')
    assert basket == model(mi.Basket(("EUR/ZAR", "EUR/MXN")))
    with pytest.raises(mi.InputError, match="needs exactly one of benchmark, basket"):
        model_of(tmp_path, f'model = "{name}"')


def test_moves_over_a_volatility(tmp_path: Path) -> None:
    found = model_of(tmp_path, 'model = "market"\nbenchmark = "EUR/ZAR"\nvolatility = "garch"')
    assert found == mi.VolatilityStandardized(mi.MarketModel("EUR/ZAR"), "garch")
    assert model_of(tmp_path, 'volatility = "ewma"') == mi.VolatilityStandardized(mi.ConstantMean())
    with pytest.raises(mi.InputError, match='"ewma" or "garch"'):
        model_of(tmp_path, 'volatility = "stochastic"')
    with pytest.raises(mi.InputError, match="no model whose abnormal moves could be standardised"):
        model_of(tmp_path, 'model = "scholes-williams"\nbenchmark = "EUR/ZAR"\nvolatility = "ewma"')


@pytest.mark.parametrize("key", ['benchmark = "EUR/ZAR"', 'basket = ["EUR/ZAR", "EUR/MXN"]'])
@pytest.mark.parametrize("volatility", ["", '\nvolatility = "ewma"'])
@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("market", mi.MarketModel),
        ("adjusted", mi.MarketAdjusted),
        ("dimson", mi.DimsonModel),
        ("scholes-williams", mi.ScholesWilliams),
    ],
)
def test_the_model_that_is_named_is_the_model_that_is_run(
    name: str, model: type, volatility: str, key: str, tmp_path: Path
) -> None:
    if volatility and name == "scholes-williams":
        return  # refused: see test_moves_over_a_volatility
    path = tmp_path / "study.toml"
    path.write_text(f'{HEAD}model = "{name}"\n{key}{volatility}', encoding="utf-8")
    found = run_study(read_study_file(path))
    panel = mi.fetch(["ecb:EUR/RUB", "ecb:EUR/ZAR", "ecb:EUR/MXN"])
    members = ["EUR/ZAR", "EUR/MXN"]
    on = "EUR/ZAR" if key.startswith("benchmark") else mi.basket(panel, members, id="EUR/ZAR, EUR/MXN")
    named = mi.VolatilityStandardized(model(on)) if volatility else model(on)
    news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    study = mi.EventStudy(named, timeline=mi.Timeline(event=(-5, 3)))
    expected = study.run(panel, news, pairs=[("invasion", "EUR/RUB")])
    assert found.spec.model == named
    pd.testing.assert_frame_equal(found.to_frame("tests"), expected.to_frame("tests"))


def test_a_benchmark_of_the_lagged_models_must_be_a_series(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(f'{HEAD}model = "dimson"\nbenchmark = "EUR/PLN"', encoding="utf-8")
    with pytest.raises(
        mi.InputError, match=r"study\.benchmark: is not one of the series; received 'EUR/PLN'"
    ):
        run_study(read_study_file(path))
