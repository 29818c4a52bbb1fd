"""What there is to know of every test of one event, of several series on one event, and of families of tests."""

from __future__ import annotations

from ..maths import joint, multiplicity
from ..maths.one_event import CLUSTERING, EQUIVALENCE
from ..maths.outcome import About

__all__ = ["FAMILIES", "JOINT", "ONE_EVENT"]

NOTHING = "the abnormal move is zero"
NORMAL_ERRORS = "errors are normal, independent, with one variance"
EXCHANGEABLE = (
    "the session is exchangeable with those of its estimation window: no burst of variance, no clusters of it"
)
ANY_DEPENDENCE = "whatever the tests' dependence"

GELBACH = ("Gelbach, Helland and Klick (2013)", "10.1093/aler/aht006")
SUP = ("Montiel Olea and Plagborg-Møller (2019)", "10.1002/jae.2656")
PATELL = ("Patell (1976), for the exact variance of a prediction", "10.2307/2490543")
STUDENT = "Student's t, T - k degrees of freedom"


def _sum(null: str) -> About:
    """What holds of the t of any sum of abnormal moves of one pair."""
    return About(
        null,
        STUDENT,
        NORMAL_ERRORS,
        "t = CAR / sqrt(s^2 (sum(v) + x'(X'WX)^-1 x)), x the summed regressors",
        *PATELL,
    )


def _largest(distribution: str, assumptions: str, formula: str, source: tuple[str, str]) -> About:
    """What holds of a test of the largest of several days."""
    return About("all abnormal moves of the days are zero", distribution, assumptions, formula, *source)


MAX_RANK = _largest(
    "uniform over the choices of L of T + L sessions",
    EXCHANGEABLE,
    "p = 1 - C(T + L - m, L) / C(T + L, L), m of T + L residuals at least as large",
    GELBACH,
)
SUP_T = _largest(
    "the largest of L jointly Student's t, T - k degrees of freedom",
    NORMAL_ERRORS,
    "sup-t = max(abs(A_t) / sqrt(Var(A_t))) over L days",
    SUP,
)

CORRECTED = About(
    "the sum of abnormal moves over the window is zero",
    "Student's t; degrees of freedom by Satterthwaite, as the variance ratio is estimated",
    "errors are near normal; how much more than independent days their sums vary is estimated from the residuals",
    "t = CAR / sqrt(s^2 (sum(v) + x'(X'WX)^-1 x) VR), VR the variance ratio of the residuals' own sums",
    "Lo and MacKinlay (1988)",
    "10.1093/rfs/1.1.41",
)
SYNTHETIC = About(
    "the event moved the treated series by no more than it moved a donor",
    "the same statistic of each of J donors, treated in turn",
    "the event hits the treated series alone, and which one it is could have been any; smallest p 1 / (J + 1)",
    "p = m / (J + 1), m of J + 1 statistics at least as large",
    "Abadie, Diamond and Hainmueller (2010)",
    "10.1198/jasa.2009.ap08746",
)

ONE_EVENT = {
    "t": _sum(NOTHING),
    "leak (before)": _sum("the sum of abnormal moves before tau = 0 is zero"),
    "reversal (after)": _sum("the sum of abnormal moves after the headline is zero"),
    "what remains (headline and after)": _sum("the sum of abnormal moves from tau = 0 on is zero"),
    "rank with refit": About(
        NOTHING,
        "uniform over the T + 1 ranks, exact at its attainable levels",
        EXCHANGEABLE,
        "p = m / (T + 1), m of T + 1 residuals at least as large in size, the event in the fit",
        *GELBACH,
    ),
    "conditional rank": About(
        NOTHING,
        "uniform over the ranks",
        "sessions are exchangeable once divided by their EWMA volatility (.94), which is estimated",
        "p = m / n, m of n residuals over their own volatility at least as large in size",
        "J.P. Morgan and Reuters (1996), RiskMetrics Technical Document, section 5.2",
    ),
    "conditional rank (GARCH)": About(
        NOTHING,
        "uniform over the ranks",
        "sessions are exchangeable once divided by their GARCH(1,1) volatility, which is estimated",
        "p = m / n, m of n residuals over their own volatility at least as large in size",
        "Bollerslev (1986)",
        "10.1016/0304-4076(86)90063-1",
    ),
    "stratified rank": About(
        NOTHING,
        "uniform over the ranks of the stratum",
        "the session is exchangeable with those of its stratum: its weekday, scheduled news or none",
        "p = m / n, m of n residuals of the stratum at least as large in size",
        *GELBACH,
    ),
    CLUSTERING: About(
        "squared residuals are not autocorrelated: volatility does not cluster",
        "chi-square, 5 degrees of freedom",
        "residuals have fourth moments; heavy tails hide clusters",
        "Q = n (n + 2) sum(r_j^2 / (n - j)), r_j the autocorrelation of the squares at lag j = 1 to 5",
        "McLeod and Li (1983)",
        "10.1111/j.1467-9892.1983.tb00373.x",
    ),
    "Ljung-Box Q of residuals": About(
        "residuals are not autocorrelated",
        "chi-square, m degrees of freedom",
        "residuals are independent with one variance; volatility that clusters makes it reject too often",
        "Q = n (n + 2) sum(r_j^2 / (n - j)), r_j the autocorrelation at lag j = 1 to m",
        "Ljung and Box (1978)",
        "10.1093/biomet/65.2.297",
    ),
    **dict.fromkeys(("t (variance ratio)", "t corrected for autocorrelation"), CORRECTED),
    EQUIVALENCE: About(
        "the effect is as large as the margin, or larger",
        "Student's t, T - k degrees of freedom, one-sided",
        NORMAL_ERRORS,
        "t = (margin - abs(A)) / se(A)",
        "Schuirmann (1987)",
        "10.1007/BF01068419",
    ),
    "minimum detectable effect": About(
        "none: it is the effect that the t finds in four of five cases",
        "noncentral t, T - k degrees of freedom",
        NORMAL_ERRORS,
        "effect = f se(A), f with P(abs(t with noncentrality f) > critical value) = .8",
        "Bloom (1995)",
        "10.1177/0193841X9501900504",
    ),
    "minimum detectable effect (rank)": About(
        "none: it is the effect that the rank with refit finds in four of five cases",
        "the critical one of T ordinary residuals, normal ones",
        NORMAL_ERRORS,
        "effect = f se(A), f with P(the event's rank is among the c largest) = .8, c = floor((1 - level)(T + 1))",
        "Bloom (1995)",
        "10.1177/0193841X9501900504",
    ),
    "leave-window-out rank": About(
        "the sum of abnormal moves over the window is zero",
        "uniform over the ranks of placebo windows",
        f"{EXCHANGEABLE}; approximate where placebo windows overlap",
        "p = m / n, m of n windows with a standardized sum at least as large, each by a fit without it",
        *GELBACH,
    ),
    **dict.fromkeys(
        ("synthetic control: CAR among donors", "synthetic control: RMSPE ratio among donors"), SYNTHETIC
    ),
    "largest of the candidates, rank with refit": MAX_RANK,
    "largest of the candidates, sup-t": SUP_T,
    "largest of the event window": _largest(
        "uniform over the choices of L of T + L sessions; below T = 19 L the largest of L joint Student's t",
        f"{EXCHANGEABLE}; below T = 19 L normal errors",
        "p = 1 - C(T + L - m, L) / C(T + L, L); below T = 19 L sup-t = max(abs(A_t) / se(A_t))",
        GELBACH,
    ),
}

JOINT = {
    joint.JOINT_F: About(
        "the abnormal moves of all p series are zero",
        "F, p and T - k - p + 1 degrees of freedom",
        "errors are jointly normal, independent over sessions, with one covariance",
        "F = D^2 (T - k - p + 1) / ((T - k) p), D^2 = z'S^-1 z, z = A / sqrt(f)",
        "Gibbons, Ross and Shanken (1989)",
        "10.2307/1913625",
    ),
    joint.JOINT_RANK: About(
        "the abnormal moves of all p series are zero",
        "uniform over the T + 1 ranks, exact at its attainable levels",
        EXCHANGEABLE,
        "p = m / (T + 1), m of T + 1 distances e'S^-1 e at least as large, the event in the fit",
        *GELBACH,
    ),
    joint.ONE_DIRECTION: About(
        "the mean signed, standardized abnormal move of the series is zero",
        STUDENT,
        "errors are jointly normal, independent over sessions, with one covariance",
        "t = m / sd(m), m the mean signed, standardized move, sd(m) its deviation on ordinary days",
        "Brown and Warner (1985), of several series on one date",
        "10.1016/0304-405X(85)90042-X",
    ),
}

FAMILIES = {
    multiplicity.HOLM: About(
        "the test's own, in a family of n",
        "the largest of n p-values, step by step",
        f"each p is right; holds {ANY_DEPENDENCE}",
        "p_(i) = max over j <= i of min(1, (n - j + 1) p_(j))",
        "Holm (1979), Scandinavian Journal of Statistics 6, 65-70",
    ),
    multiplicity.BENJAMINI_HOCHBERG: About(
        "the test's own, in a family of n",
        "the share of false rejections expected",
        "each p is right; tests are independent or positively dependent",
        "p_(i) = min over j >= i of n p_(j) / j",
        "Benjamini and Hochberg (1995)",
        "10.1111/j.2517-6161.1995.tb02031.x",
    ),
    multiplicity.BENJAMINI_YEKUTIELI: About(
        "the test's own, in a family of n",
        "the share of false rejections expected",
        f"each p is right; holds {ANY_DEPENDENCE}",
        "p_(i) = min over j >= i of (1 + 1/2 + ... + 1/n) n p_(j) / j",
        "Benjamini and Yekutieli (2001)",
        "10.1214/aos/1013699998",
    ),
    multiplicity.ROMANO_WOLF: About(
        "the test's own, in a family of n",
        "the largest of the statistics not yet rejected, over dates drawn for a cluster's tests together",
        "event days are exchangeable with ordinary ones",
        "p = share of draws whose largest statistic is as large, step by step",
        "Romano and Wolf (2005)",
        "10.1111/j.1468-0262.2005.00615.x",
    ),
}
