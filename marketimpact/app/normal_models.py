"""What stands for the market in a study file: the normal model, and the factors that it and regressions name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..errors import InputError
from ..market.baskets import Basket, basket
from ..market.curves import Curve, curve
from ..market.donors import Donors, check_donors
from ..market.factors import Benchmark, Shifted, Term
from ..market.panel import Panel
from ..study.models import (
    BenchmarkSpread,
    ConstantMean,
    DonorAverage,
    DonorComponents,
    FactorModel,
    MarketAdjusted,
    MarketModel,
    NormalModel,
    SyntheticControl,
    VolatilityStandardized,
)
from ..study.models_lagged import DimsonModel, ScholesWilliams
from .study_keys import CURVE, MODELS, WITHOUT_KEYS, CheckedTable, blamed

__all__ = ["as_term", "check_member", "checked_model", "checked_term", "read_model"]

OnBasket = MarketModel | MarketAdjusted | DimsonModel | ScholesWilliams
"""Models that a study file puts on a basket."""


def read_model(table: CheckedTable) -> NormalModel:
    """Read the normal model of a table, its moves over a volatility where one is named.

    Parameters
    ----------
    table : CheckedTable
        With the keys of a model; an error names the key alone.

    Returns
    -------
    NormalModel
        Its baskets and curves are checked against the panel when there is one: `checked_model`.

    Raises
    ------
    InputError
        If a key does not go with the model, or one that it needs is missing.

    Examples
    --------
    >>> from .study_keys import STUDY, checked
    >>> str(read_model(checked("ruble.toml", "study", {"model": "market", "benchmark": "Brent"}, STUDY)))
    'market model on Brent'
    """
    model = _plain_model(table)
    if "volatility" not in table.cells:
        return model
    return VolatilityStandardized(
        model, table.cells["volatility"]
    )  # refuses models without a residual variance


def _plain_model(table: CheckedTable) -> NormalModel:
    """Give the model of the moves; a basket is checked against the panel when there is one."""
    name = table.get("model", "constant mean")
    needs = MODELS[name]
    given = list(dict.fromkeys(key for keys in MODELS.values() for key in keys if key in table.cells))
    for key in given:
        if key not in needs:
            fitting = next(model for model, keys in MODELS.items() if key in keys)
            raise InputError(
                f"is not used by the model {name!r}",
                parameter=key,
                received=table.cells[key],
                allowed=f'model = "{fitting}" with it',
            )
    if name not in WITHOUT_KEYS and len(given) != 1:
        raise InputError(
            f"the model {name!r} needs exactly one of {', '.join(needs)}",
            parameter="model",
            received=given or None,
            allowed=" or ".join(KEY_EXAMPLES[key] for key in needs),
        )
    if name == "factors":
        return FactorModel(tuple(table.cells["factors"]))
    if name == "spread":
        return BenchmarkSpread(_curve(table) if "curve" in table.cells else table.cells["benchmark"])
    if name in ON_ONE_BENCHMARK:
        is_basket = "basket" in table.cells
        benchmark = Basket(tuple(table.cells["basket"])) if is_basket else table.cells["benchmark"]
        return ON_ONE_BENCHMARK[name](benchmark)
    donors = table.get("donors")
    if name == "donors":
        return DonorAverage(donors)
    if name == "components":
        return DonorComponents(donors, table.get("n_components", 2))
    return SyntheticControl(donors) if name == "synthetic" else ConstantMean()


ON_ONE_BENCHMARK: dict[str, Callable[[str | Basket], NormalModel]] = {
    "market": MarketModel, "adjusted": MarketAdjusted, "dimson": DimsonModel, "scholes-williams": ScholesWilliams,
}  # fmt: skip
"""Models on a benchmark or a basket."""

KEY_EXAMPLES = {
    "benchmark": 'benchmark = "id"',
    "basket": 'basket = ["id", "id"]',
    "factors": 'factors = ["id"]',
    "curve": 'curve = { id = "US Treasuries", points = { "UST 10y" = 10, "UST 30y" = 30 } }',
}
"""How each key of a model is written."""


def _curve(table: CheckedTable) -> Curve:
    """Read a curve; its points are checked against the panel when there is one."""
    term = as_term(table.below("curve", CURVE, ("points",)).cells)
    assert isinstance(term, Curve)  # noqa: S101 - it has points
    return term


def checked_model(place: str, model: NormalModel, panel: Panel) -> NormalModel:
    """Give a model with its basket or curve made of the panel's members.

    Parameters
    ----------
    place : str
        File and table, for errors.
    model : NormalModel
    panel : Panel

    Returns
    -------
    NormalModel

    Raises
    ------
    InputError
        If a factor, a donor or a member of a basket or curve is refused.

    Examples
    --------
    >>> import marketimpact as mi
    >>> checked_model("ruble.toml: study", mi.MarketModel("Brent"), mi.fetch("ecb:EUR/RUB"))
    Traceback (most recent call last):
        ...
    marketimpact.errors.InputError: ruble.toml: study.benchmark: is not one of the series; received
    'Brent'; allowed: 'EUR/RUB'
    """
    if isinstance(model, VolatilityStandardized) and isinstance(model.model, NormalModel):
        return replace(model, model=checked_model(place, model.model, panel))
    for term in model.factors:
        if isinstance(term, Donors):
            with blamed(place, also={"instrument": "donors", "donors": "donors"}):
                check_donors(panel, term)
            continue
        factor = term.of if isinstance(term, Benchmark | Shifted) else term
        if isinstance(factor, str):
            check_member(
                f"{place}.{'factors' if isinstance(model, FactorModel) else 'benchmark'}", factor, panel
            )
        elif isinstance(factor, Basket) and isinstance(model, OnBasket):
            with blamed(place, also={"instrument": "basket", "ids": "basket"}):
                return replace(
                    model, benchmark=basket(panel, factor.members, id=_basket_name(factor.members))
                )
        elif isinstance(factor, Curve):
            points = {one: tenor for one, tenor in factor.points if tenor is not None}
            also = {
                "instrument": "curve",
                "points": "curve",
                **{f"points.{one}": "curve" for one in points},
            }
            with blamed(place, also=also):
                return BenchmarkSpread(curve(panel, points, id=factor.id))
    return model


def check_member(place: str, name: str, panel: Panel) -> None:
    """Refuse a name that is none of the series.

    Parameters
    ----------
    place : str
        File and key, for the error.
    name : str
    panel : Panel

    Raises
    ------
    InputError

    Examples
    --------
    >>> import marketimpact as mi
    >>> check_member("ruble.toml: regression[1].driver", "EUR/RUB", mi.fetch("ecb:EUR/RUB"))
    """
    if name not in panel:
        raise InputError(
            "is not one of the series", parameter=place, received=name,
            allowed=", ".join(map(repr, panel.ids)),
        )  # fmt: skip


def as_term(value: str | Mapping[str, Any]) -> Term:
    """Give a factor as it stands in the file: an id, a basket or a curve.

    Parameters
    ----------
    value : str or mapping
        ``{"basket": ids}`` or ``{"points": tenors by id}``, either perhaps with ``"id"``, its name.

    Returns
    -------
    str, Basket or Curve

    Examples
    --------
    >>> as_term({"basket": ["EUR/PLN", "EUR/HUF"]}).id
    'EUR/PLN, EUR/HUF'
    """
    if isinstance(value, str):
        return value
    if "basket" in value:
        members = tuple(value["basket"])
        return Basket(members, value.get("id", _basket_name(members)))
    points = sorted(value["points"].items(), key=lambda point: point[1])
    return Curve(tuple((name, float(tenor)) for name, tenor in points), value.get("id", "curve"))


def checked_term(place: str, term: Term, panel: Panel) -> Term:
    """Give a factor with its basket or curve made of the panel's members.

    Parameters
    ----------
    place : str
        File and key, for errors.
    term : str, Basket or Curve
    panel : Panel

    Returns
    -------
    str, Basket or Curve

    Raises
    ------
    InputError
        If it, or a member of it, is none of the series, or members do not go together.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:EUR/PLN", "ecb:EUR/HUF"])
    >>> checked_term("ruble.toml: regression[1].controls", as_term({"basket": ["EUR/PLN", "EUR/HUF"]}), panel).members
    ('EUR/PLN', 'EUR/HUF')
    """
    if isinstance(term, str):
        check_member(place, term, panel)
    if isinstance(term, Basket):
        with blamed(place, also={"instrument": "", "ids": ""}):
            return basket(panel, term.members, id=term.id)
    if isinstance(term, Curve):
        points = {name: tenor for name, tenor in term.points if tenor is not None}
        with blamed(
            place, also=dict.fromkeys(["instrument", "points", *(f"points.{one}" for one in points)], "")
        ):
            return curve(panel, points, id=term.id)
    return term


def _basket_name(members: tuple[str, ...]) -> str:
    """Name a basket by its members, or by their number where they are many."""
    return ", ".join(members) if len(members) <= 3 else f"a basket of {len(members)}"
