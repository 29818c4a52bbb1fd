from . import datasets as datasets
from ._version import __version__ as __version__
from .alignment.overlap import OverlapGraph as OverlapGraph
from .alignment.pipeline import Alignment as Alignment
from .alignment.pipeline import align as align
from .alignment.policies import Policies as Policies
from .app.bundle import Bundle as Bundle
from .app.bundle import read_bundle as read_bundle
from .app.bundle import write_bundle as write_bundle
from .associate.coincidence import LargeMoves as LargeMoves
from .associate.coincidence import event_coincidence as event_coincidence
from .associate.contagion import adjusted_correlation as adjusted_correlation
from .associate.lags import distributed_lags as distributed_lags
from .associate.lags import granger as granger
from .associate.lead_lag import lead_lag as lead_lag
from .associate.news_series import NewsAndMoves as NewsAndMoves
from .associate.news_series import NewsReading as NewsReading
from .associate.news_series import read_news as read_news
from .associate.quantiles import quantile_response as quantile_response
from .associate.result import Association as Association
from .associate.spillovers import Spillovers as Spillovers
from .associate.spillovers import SpilloverSpec as SpilloverSpec
from .associate.spillovers import spillovers as spillovers
from .errors import CacheError as CacheError
from .errors import DataError as DataError
from .errors import InputError as InputError
from .errors import MarketImpactError as MarketImpactError
from .errors import MarketImpactWarning as MarketImpactWarning
from .errors import MissingExtraError as MissingExtraError
from .errors import NoDataError as NoDataError
from .errors import NotCachedError as NotCachedError
from .errors import RateLimitedError as RateLimitedError
from .errors import SourceDownError as SourceDownError
from .errors import SourceError as SourceError
from .errors import UnexpectedAnswerError as UnexpectedAnswerError
from .errors import UnknownSymbolError as UnknownSymbolError
from .market.bands import band_moves as band_moves
from .market.baskets import Basket as Basket
from .market.baskets import basket as basket
from .market.bond_members import bond_values as bond_values
from .market.bond_members import requote as requote
from .market.bond_returns import bond_return_index as bond_return_index
from .market.bond_values import BondValues as BondValues
from .market.bond_values import value_bond as value_bond
from .market.bonds import SovereignBond as SovereignBond
from .market.closures import Closure as Closure
from .market.coupon_rolls import coupon_rolls as coupon_rolls
from .market.coupon_search import CouponRolls as CouponRolls
from .market.coupons import coupon_dates as coupon_dates
from .market.currency_indices import dollar_factor as dollar_factor
from .market.currency_indices import trade_weighted as trade_weighted
from .market.currency_returns import carry_factor as carry_factor
from .market.currency_returns import excess_return as excess_return
from .market.curves import Curve as Curve
from .market.curves import curve as curve
from .market.curves import curve_slope as curve_slope
from .market.exchange_rates import cross_rate as cross_rate
from .market.exchange_rates import inverse as inverse
from .market.instruments import CurrencyPair as CurrencyPair
from .market.instruments import Factor as Factor
from .market.known_bonds import known_bond as known_bond
from .market.known_bonds import known_bonds as known_bonds
from .market.panel import Panel as Panel
from .market.quality import inspect as inspect
from .market.quality_findings import Finding as Finding
from .market.quality_findings import Findings as Findings
from .market.snapshots import Snapshot as Snapshot
from .market.spreads import curve_shape as curve_shape
from .market.spreads import issuer_average as issuer_average
from .market.spreads import spread as spread
from .maths.coincidence import CoincidenceRule as CoincidenceRule
from .maths.confidence_sets import ConfidenceSet as ConfidenceSet
from .maths.simulate import Situation as Situation
from .maths.simulate import simulate as simulate
from .maths.simulate import windows_of as windows_of
from .news.event import Event as Event
from .news.event_files import read_events as read_events
from .news.event_set import EventSet as EventSet
from .plots.abnormal import plot_ar as plot_ar
from .plots.association import plot_association as plot_association
from .plots.association import plot_lead_lag as plot_lead_lag
from .plots.breaks import plot_breaks as plot_breaks
from .plots.coefficients import plot_coefficients as plot_coefficients
from .plots.confidence_sets import plot_confidence_sets as plot_confidence_sets
from .plots.country import plot_country as plot_country
from .plots.cumulative import plot_caar as plot_caar
from .plots.cumulative import plot_car as plot_car
from .plots.event_time import plot_event_time as plot_event_time
from .plots.event_volatility import plot_event_variance as plot_event_variance
from .plots.event_volatility import plot_volatility as plot_volatility
from .plots.responses import plot_response as plot_response
from .plots.series import plot_series as plot_series
from .plots.shifts import plot_shifts as plot_shifts
from .plots.specification import plot_specification_curve as plot_specification_curve
from .plots.spillovers import plot_spillovers as plot_spillovers
from .plots.spillovers import plot_total_spillover as plot_total_spillover
from .plots.surprises import plot_surprises as plot_surprises
from .plots.undated import plot_largest_moves as plot_largest_moves
from .provenance import Provenance as Provenance
from .regress.break_result import Breaks as Breaks
from .regress.break_result import BreakSearch as BreakSearch
from .regress.breaks import structural_breaks as structural_breaks
from .regress.dummies import EventRegression as EventRegression
from .regress.dummies import EventRegressionResult as EventRegressionResult
from .regress.exchange_regimes import ExchangeRegimes as ExchangeRegimes
from .regress.exchange_regimes import exchange_regimes as exchange_regimes
from .regress.heteroskedasticity import RigobonSack as RigobonSack
from .regress.heteroskedasticity import VarianceSpec as VarianceSpec
from .regress.heteroskedasticity import rigobon_sack as rigobon_sack
from .regress.local_projections import LocalProjection as LocalProjection
from .regress.local_projections import ProjectionSpec as ProjectionSpec
from .regress.local_projections import local_projection as local_projection
from .regress.panels import PanelRegression as PanelRegression
from .regress.panels import PanelResult as PanelResult
from .regress.result import RegressionResult as RegressionResult
from .regress.staggered import EventTimeResult as EventTimeResult
from .regress.staggered import StaggeredEvents as StaggeredEvents
from .regress.surprises import SurpriseResponse as SurpriseResponse
from .regress.surprises import SurpriseResult as SurpriseResult
from .regress.undated import LargestMoves as LargestMoves
from .regress.undated import MoveSearch as MoveSearch
from .regress.undated import largest_moves as largest_moves
from .regress.variance_ratios import EventVariance as EventVariance
from .regress.variance_ratios import event_variance as event_variance
from .regress.volatility import VolatilityResult as VolatilityResult
from .regress.volatility import VolatilitySpec as VolatilitySpec
from .regress.volatility import event_volatility as event_volatility
from .reporting.contact import ContactSheet as ContactSheet
from .reporting.contact import contact_sheet as contact_sheet
from .reporting.page import Report as Report
from .reporting.page import report as report
from .sources.files import read_prices as read_prices
from .sources.layouts import Layout as Layout
from .sources.options import FetchOptions as FetchOptions
from .sources.protocol import Block as Block
from .sources.protocol import Query as Query
from .sources.protocol import Request as Request
from .sources.protocol import Source as Source
from .sources.registry import fetch as fetch
from .sources.registry import register_source as register_source
from .sources.secrets import secret as secret
from .study.among_donors import DonorPlacebos as DonorPlacebos
from .study.among_donors import donor_placebos as donor_placebos
from .study.country import CountryView as CountryView
from .study.country import country_view as country_view
from .study.cross_section import CrossSection as CrossSection
from .study.cross_section import cross_section as cross_section
from .study.event_study import EventStudy as EventStudy
from .study.explain import Explanation as Explanation
from .study.families import Families as Families
from .study.joint import JointTest as JointTest
from .study.models import BenchmarkSpread as BenchmarkSpread
from .study.models import ConstantMean as ConstantMean
from .study.models import FactorModel as FactorModel
from .study.models import MarketAdjusted as MarketAdjusted
from .study.models import MarketModel as MarketModel
from .study.models_donors import DonorAverage as DonorAverage
from .study.models_donors import DonorComponents as DonorComponents
from .study.models_donors import SyntheticControl as SyntheticControl
from .study.models_lagged import DimsonModel as DimsonModel
from .study.models_lagged import ScholesWilliams as ScholesWilliams
from .study.models_volatility import VolatilityStandardized as VolatilityStandardized
from .study.one_event import OneEvent as OneEvent
from .study.over_events import OverEvents as OverEvents
from .study.paths import CaarPath as CaarPath
from .study.result import Comparison as Comparison
from .study.result import StudyResult as StudyResult
from .study.robustness import Robustness as Robustness
from .study.robustness import robustness as robustness
from .timeline import Timeline as Timeline

__all__ = [
    "Alignment",
    "Association",
    "Basket",
    "BenchmarkSpread",
    "Block",
    "BondValues",
    "BreakSearch",
    "Breaks",
    "Bundle",
    "CaarPath",
    "CacheError",
    "Closure",
    "CoincidenceRule",
    "Comparison",
    "ConfidenceSet",
    "ConstantMean",
    "ContactSheet",
    "CountryView",
    "CouponRolls",
    "CrossSection",
    "CurrencyPair",
    "Curve",
    "DataError",
    "DimsonModel",
    "DonorAverage",
    "DonorComponents",
    "DonorPlacebos",
    "Event",
    "EventRegression",
    "EventRegressionResult",
    "EventSet",
    "EventStudy",
    "EventTimeResult",
    "EventVariance",
    "ExchangeRegimes",
    "Explanation",
    "Factor",
    "FactorModel",
    "Families",
    "FetchOptions",
    "Finding",
    "Findings",
    "InputError",
    "JointTest",
    "LargeMoves",
    "LargestMoves",
    "Layout",
    "LocalProjection",
    "MarketAdjusted",
    "MarketImpactError",
    "MarketImpactWarning",
    "MarketModel",
    "MissingExtraError",
    "MoveSearch",
    "NewsAndMoves",
    "NewsReading",
    "NoDataError",
    "NotCachedError",
    "OneEvent",
    "OverEvents",
    "OverlapGraph",
    "Panel",
    "PanelRegression",
    "PanelResult",
    "Policies",
    "ProjectionSpec",
    "Provenance",
    "Query",
    "RateLimitedError",
    "RegressionResult",
    "Report",
    "Request",
    "RigobonSack",
    "Robustness",
    "ScholesWilliams",
    "Situation",
    "Snapshot",
    "Source",
    "SourceDownError",
    "SourceError",
    "SovereignBond",
    "SpilloverSpec",
    "Spillovers",
    "StaggeredEvents",
    "StudyResult",
    "SurpriseResponse",
    "SurpriseResult",
    "SyntheticControl",
    "Timeline",
    "UnexpectedAnswerError",
    "UnknownSymbolError",
    "VarianceSpec",
    "VolatilityResult",
    "VolatilitySpec",
    "VolatilityStandardized",
    "adjusted_correlation",
    "align",
    "band_moves",
    "basket",
    "bond_return_index",
    "bond_values",
    "carry_factor",
    "contact_sheet",
    "country_view",
    "coupon_dates",
    "coupon_rolls",
    "cross_rate",
    "cross_section",
    "curve",
    "curve_shape",
    "curve_slope",
    "datasets",
    "distributed_lags",
    "dollar_factor",
    "donor_placebos",
    "event_coincidence",
    "event_variance",
    "event_volatility",
    "excess_return",
    "exchange_regimes",
    "fetch",
    "granger",
    "inspect",
    "inverse",
    "issuer_average",
    "known_bond",
    "known_bonds",
    "largest_moves",
    "lead_lag",
    "local_projection",
    "plot_ar",
    "plot_association",
    "plot_breaks",
    "plot_caar",
    "plot_car",
    "plot_coefficients",
    "plot_confidence_sets",
    "plot_country",
    "plot_event_time",
    "plot_event_variance",
    "plot_largest_moves",
    "plot_lead_lag",
    "plot_response",
    "plot_series",
    "plot_shifts",
    "plot_specification_curve",
    "plot_spillovers",
    "plot_surprises",
    "plot_total_spillover",
    "plot_volatility",
    "quantile_response",
    "read_bundle",
    "read_events",
    "read_news",
    "read_prices",
    "register_source",
    "report",
    "requote",
    "rigobon_sack",
    "robustness",
    "secret",
    "simulate",
    "spillovers",
    "spread",
    "structural_breaks",
    "trade_weighted",
    "value_bond",
    "windows_of",
    "write_bundle",
]
