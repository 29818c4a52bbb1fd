"""Did this dated news move this sovereign bond or currency, by how much, and how sure can we be?

The public names live in the modules of the table below and are loaded when they are first used:
``import marketimpact as mi`` loads none of pandas, scipy, statsmodels, matplotlib or yfinance. The
``__init__.pyi`` beside this file tells type checkers the same names; a test holds the two together.

Examples
--------
>>> import marketimpact as mi
>>> issubclass(mi.InputError, mi.MarketImpactError)
True
"""

import logging
import sys
from importlib import import_module

from ._version import __version__ as __version__

_DOOR = {
    # the news
    "Event": "news.event",
    "EventSet": "news.event_set",
    "read_events": "news.event_files",
    # the market
    "SovereignBond": "market.bonds",
    "known_bond": "market.known_bonds",
    "known_bonds": "market.known_bonds",
    "BondValues": "market.bond_values",
    "value_bond": "market.bond_values",
    "bond_values": "market.bond_members",
    "requote": "market.bond_members",
    "coupon_dates": "market.coupons",
    "CouponRolls": "market.coupon_search",
    "coupon_rolls": "market.coupon_rolls",
    "CurrencyPair": "market.instruments",
    "Factor": "market.instruments",
    "Snapshot": "market.snapshots",
    "Panel": "market.panel",
    "Closure": "market.closures",
    "Finding": "market.quality_findings",
    "Findings": "market.quality_findings",
    "inspect": "market.quality",
    "inverse": "market.exchange_rates",
    "cross_rate": "market.exchange_rates",
    "excess_return": "market.currency_returns",
    "carry_factor": "market.currency_returns",
    "trade_weighted": "market.currency_indices",
    "dollar_factor": "market.currency_indices",
    "band_moves": "market.bands",
    "bond_return_index": "market.bond_returns",
    "Basket": "market.baskets",
    "basket": "market.baskets",
    "Curve": "market.curves",
    "curve": "market.curves",
    "curve_shape": "market.spreads",
    "curve_slope": "market.curves",
    "issuer_average": "market.spreads",
    "spread": "market.spreads",
    # the world
    "Layout": "sources.layouts",
    "Provenance": "provenance",
    "read_prices": "sources.files",
    "fetch": "sources.registry",
    "FetchOptions": "sources.options",
    "register_source": "sources.registry",
    "Source": "sources.protocol",
    "Request": "sources.protocol",
    "Query": "sources.protocol",
    "Block": "sources.protocol",
    "secret": "sources.secrets",
    "write_bundle": "app.bundle",
    "read_bundle": "app.bundle",
    "Bundle": "app.bundle",
    "datasets": "datasets",
    # the study
    "Timeline": "timeline",
    "Alignment": "alignment.pipeline",
    "OverlapGraph": "alignment.overlap",
    "align": "alignment.pipeline",
    "Policies": "alignment.policies",
    "ConstantMean": "study.models",
    "MarketModel": "study.models",
    "FactorModel": "study.models",
    "BenchmarkSpread": "study.models",
    "MarketAdjusted": "study.models",
    "DimsonModel": "study.models_lagged",
    "ScholesWilliams": "study.models_lagged",
    "VolatilityStandardized": "study.models_volatility",
    "DonorAverage": "study.models_donors",
    "DonorComponents": "study.models_donors",
    "SyntheticControl": "study.models_donors",
    "DonorPlacebos": "study.among_donors",
    "donor_placebos": "study.among_donors",
    "CrossSection": "study.cross_section",
    "cross_section": "study.cross_section",
    "Explanation": "study.explain",
    "EventStudy": "study.event_study",
    "Comparison": "study.result",
    "CountryView": "study.country",
    "JointTest": "study.joint",
    "CaarPath": "study.paths",
    "OverEvents": "study.over_events",
    "OneEvent": "study.one_event",
    "Families": "study.families",
    "country_view": "study.country",
    "StudyResult": "study.result",
    "Robustness": "study.robustness",
    "robustness": "study.robustness",
    # regressions
    "RegressionResult": "regress.result",
    "EventRegression": "regress.dummies",
    "EventRegressionResult": "regress.dummies",
    "SurpriseResponse": "regress.surprises",
    "SurpriseResult": "regress.surprises",
    "PanelRegression": "regress.panels",
    "PanelResult": "regress.panels",
    "StaggeredEvents": "regress.staggered",
    "EventTimeResult": "regress.staggered",
    "local_projection": "regress.local_projections",
    "ProjectionSpec": "regress.local_projections",
    "LocalProjection": "regress.local_projections",
    "rigobon_sack": "regress.heteroskedasticity",
    "VarianceSpec": "regress.heteroskedasticity",
    "RigobonSack": "regress.heteroskedasticity",
    "ConfidenceSet": "maths.confidence_sets",
    "event_volatility": "regress.volatility",
    "VolatilitySpec": "regress.volatility",
    "VolatilityResult": "regress.volatility",
    "event_variance": "regress.variance_ratios",
    "EventVariance": "regress.variance_ratios",
    "largest_moves": "regress.undated",
    "MoveSearch": "regress.undated",
    "LargestMoves": "regress.undated",
    "structural_breaks": "regress.breaks",
    "BreakSearch": "regress.break_result",
    "Breaks": "regress.break_result",
    "exchange_regimes": "regress.exchange_regimes",
    "ExchangeRegimes": "regress.exchange_regimes",
    # news series beside moves
    "NewsReading": "associate.news_series",
    "read_news": "associate.news_series",
    "NewsAndMoves": "associate.news_series",
    "lead_lag": "associate.lead_lag",
    "event_coincidence": "associate.coincidence",
    "LargeMoves": "associate.coincidence",
    "CoincidenceRule": "maths.coincidence",
    "granger": "associate.lags",
    "distributed_lags": "associate.lags",
    "quantile_response": "associate.quantiles",
    "adjusted_correlation": "associate.contagion",
    "spillovers": "associate.spillovers",
    "SpilloverSpec": "associate.spillovers",
    "Spillovers": "associate.spillovers",
    "Association": "associate.result",
    # situations to try a test in
    "Situation": "maths.simulate",
    "simulate": "maths.simulate",
    "windows_of": "maths.simulate",
    # figures and the page
    "plot_series": "plots.series",
    "plot_ar": "plots.abnormal",
    "plot_car": "plots.cumulative",
    "plot_caar": "plots.cumulative",
    "plot_shifts": "plots.shifts",
    "plot_country": "plots.country",
    "plot_coefficients": "plots.coefficients",
    "plot_surprises": "plots.surprises",
    "plot_event_time": "plots.event_time",
    "plot_response": "plots.responses",
    "plot_confidence_sets": "plots.confidence_sets",
    "plot_volatility": "plots.event_volatility",
    "plot_event_variance": "plots.event_volatility",
    "plot_largest_moves": "plots.undated",
    "plot_breaks": "plots.breaks",
    "plot_lead_lag": "plots.association",
    "plot_association": "plots.association",
    "plot_spillovers": "plots.spillovers",
    "plot_total_spillover": "plots.spillovers",
    "plot_specification_curve": "plots.specification",
    "ContactSheet": "reporting.contact",
    "contact_sheet": "reporting.contact",
    "Report": "reporting.page",
    "report": "reporting.page",
    # errors and warnings
    "MarketImpactError": "errors",
    "InputError": "errors",
    "DataError": "errors",
    "SourceError": "errors",
    "RateLimitedError": "errors",
    "UnknownSymbolError": "errors",
    "NoDataError": "errors",
    "SourceDownError": "errors",
    "UnexpectedAnswerError": "errors",
    "NotCachedError": "errors",
    "CacheError": "errors",
    "MissingExtraError": "errors",
    "MarketImpactWarning": "errors",
}
"""Public name -> the module that defines it; a name that is its own module is the subpackage itself."""

__all__ = sorted(_DOOR)

logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> object:
    if name not in _DOOR:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message, name=name, obj=sys.modules[__name__])
    module = import_module(f"{__name__}.{_DOOR[name]}")
    value: object = module if _DOOR[name] == name else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
