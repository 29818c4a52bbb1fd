"""Models on one benchmark, and moves over a volatility, named in a study file."""

from pathlib import Path

import pytest

import marketimpact as mi
from marketimpact.app.study_file import read_study_file

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
