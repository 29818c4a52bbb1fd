from . import datasets as datasets
from ._version import __version__ as __version__
from .alignment.overlap import OverlapGraph as OverlapGraph
from .alignment.pipeline import Alignment as Alignment
from .alignment.pipeline import align as align
from .alignment.policies import Policies as Policies
from .errors import DataError as DataError
from .errors import InputError as InputError
from .errors import MarketImpactError as MarketImpactError
from .errors import MarketImpactWarning as MarketImpactWarning
from .errors import MissingExtraError as MissingExtraError
from .errors import SourceError as SourceError
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
from .news.event import Event as Event
from .news.event_files import read_events as read_events
from .news.event_set import EventSet as EventSet
from .plots.abnormal import plot_ar as plot_ar
from .plots.coefficients import plot_coefficients as plot_coefficients
from .plots.country import plot_country as plot_country
from .plots.cumulative import plot_caar as plot_caar
from .plots.cumulative import plot_car as plot_car
from .plots.event_time import plot_event_time as plot_event_time
from .plots.series import plot_series as plot_series
from .plots.shifts import plot_shifts as plot_shifts
from .plots.specification import plot_specification_curve as plot_specification_curve
from .plots.surprises import plot_surprises as plot_surprises
from .provenance import Provenance as Provenance
from .regress.dummies import EventRegression as EventRegression
from .regress.dummies import EventRegressionResult as EventRegressionResult
from .regress.panels import PanelRegression as PanelRegression
from .regress.panels import PanelResult as PanelResult
from .regress.result import RegressionResult as RegressionResult
from .regress.staggered import EventTimeResult as EventTimeResult
from .regress.staggered import StaggeredEvents as StaggeredEvents
from .regress.surprises import SurpriseResponse as SurpriseResponse
from .regress.surprises import SurpriseResult as SurpriseResult
from .reporting.contact import ContactSheet as ContactSheet
from .reporting.contact import contact_sheet as contact_sheet
from .reporting.page import Report as Report
from .reporting.page import report as report
from .sources.files import read_prices as read_prices
from .sources.layouts import Layout as Layout
from .sources.registry import fetch as fetch
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
    "Basket",
    "BenchmarkSpread",
    "BondValues",
    "CaarPath",
    "Closure",
    "Comparison",
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
    "Explanation",
    "Factor",
    "FactorModel",
    "Families",
    "Finding",
    "Findings",
    "InputError",
    "JointTest",
    "Layout",
    "MarketAdjusted",
    "MarketImpactError",
    "MarketImpactWarning",
    "MarketModel",
    "MissingExtraError",
    "OneEvent",
    "OverEvents",
    "OverlapGraph",
    "Panel",
    "PanelRegression",
    "PanelResult",
    "Policies",
    "Provenance",
    "RegressionResult",
    "Report",
    "Robustness",
    "ScholesWilliams",
    "Snapshot",
    "SourceError",
    "SovereignBond",
    "StaggeredEvents",
    "StudyResult",
    "SurpriseResponse",
    "SurpriseResult",
    "SyntheticControl",
    "Timeline",
    "VolatilityStandardized",
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
    "dollar_factor",
    "donor_placebos",
    "excess_return",
    "fetch",
    "inspect",
    "inverse",
    "issuer_average",
    "known_bond",
    "known_bonds",
    "plot_ar",
    "plot_caar",
    "plot_car",
    "plot_coefficients",
    "plot_country",
    "plot_event_time",
    "plot_series",
    "plot_shifts",
    "plot_specification_curve",
    "plot_surprises",
    "read_events",
    "read_prices",
    "report",
    "requote",
    "robustness",
    "spread",
    "trade_weighted",
    "value_bond",
]
