"""What there is to know of every test of a mean over events."""

from __future__ import annotations

from ..maths import over_events as means
from ..maths import rank_tests as ranks
from ..maths import sign_tests as signs
from ..maths.outcome import About
from ..maths.pooled import AUTOCORRELATION, POSITIVE_SHARE

__all__ = ["OVER_EVENTS"]

MEAN = "the mean abnormal move over events is zero"
STANDARDIZED = "the mean standardized abnormal move over events is zero"
ORDINARY = "abnormal moves of the event are distributed as ordinary ones"
OWN_SPREAD = (
    "the event may raise the variance of each pair on its own, not that of a factor which pairs share"
)
INDEPENDENT_CLUSTERS = (
    "clusters are independent and large enough, or their means near normal; their variances may differ"
)
DATES = "dates are independent; pairs of one date may move together; no windows that are staggered"
NORMAL_DAYS = (
    "the event days' variance is the estimation window's; abnormal moves are near normal, or pairs many"
)

IBRAGIMOV_MUELLER = ("Ibragimov and Müller (2010)", "10.1198/jbes.2009.08046")
BROWN_WARNER = ("Brown and Warner (1985)", "10.1016/0304-405X(85)90042-X")
KOLARI_PYNNONEN = ("Kolari and Pynnonen (2010)", "10.1093/rfs/hhq072")
GRANK = ("Kolari and Pynnönen (2011)", "10.1016/j.jempfin.2011.08.003")
LYON_BARBER_TSAI = ("Lyon, Barber and Tsai (1999)", "10.1111/0022-1082.00101")
LO_MACKINLAY = ("Lo and MacKinlay (1988)", "10.1093/rfs/1.1.41")
STATIONARY = ("Politis and Romano (1994)", "10.1080/01621459.1994.10476870")

CLOSED_FORMS = {
    "cluster t": About(
        MEAN,
        "Student's t, G - 1 degrees of freedom",
        INDEPENDENT_CLUSTERS,
        "t = sqrt(G) mean(m) / sd(m), m the means of the G date clusters, sd over G - 1",
        *IBRAGIMOV_MUELLER,
    ),
    "cross-sectional t (pairs taken as independent)": About(
        MEAN,
        "Student's t, G - 1 degrees of freedom",
        "pairs are independent, but for bonds of one issuer on one event; near normal, or many",
        "t = sqrt(G) mean(m) / sd(m), m the abnormal moves (bonds of one issuer averaged), sd over G - 1",
        *BROWN_WARNER,
    ),
    means.CROSS_SECTIONAL: About(
        MEAN,
        "Student's t, N - 1 degrees of freedom",
        "pairs are independent; abnormal moves near normal, or pairs many; their variance may be the event's own",
        "t = sqrt(N) mean(CAR) / sd(CAR), sd over N - 1",
        *BROWN_WARNER,
    ),
    means.SKEWNESS_ADJUSTED: About(
        MEAN,
        "Student's t, N - 1 degrees of freedom",
        "pairs are independent; abnormal moves may be skewed, and the skewness is estimated from the pairs",
        "t = sqrt(N) (S + g S^2 / 3 + g^2 S^3 / 27 + g / (6 N)), S = mean(CAR) / sd(CAR), g their skewness",
        "Hall (1992), Journal of the Royal Statistical Society B 54, 221-228",
    ),
    means.CRUDE: About(
        MEAN,
        "Student's t, T - k degrees of freedom",
        f"the event days' variance is the estimation window's; {DATES}",
        "t = mean(CAR) / (S sqrt(L + L^2 / T)), S the deviation of the average residual",
        *BROWN_WARNER,
    ),
    means.PATELL: About(
        STANDARDIZED,
        "standard normal",
        f"pairs are independent; {NORMAL_DAYS}",
        "z = sum(SCAR) / sqrt(sum(Q)), Q = (T - k) / (T - k - 2)",
        "Patell (1976)",
        "10.2307/2490543",
    ),
    means.ADJUSTED_PATELL: About(
        STANDARDIZED,
        "standard normal",
        f"the pairs' mean correlation r is that of ordinary days; {NORMAL_DAYS}",
        "z = sum(SCAR) / sqrt(sum(Q) (1 + (N - 1) r)), Q = (T - k) / (T - k - 2)",
        *KOLARI_PYNNONEN,
    ),
    means.BMP: About(
        STANDARDIZED,
        "Student's t, N - 1 degrees of freedom",
        f"pairs are independent; {OWN_SPREAD}",
        "t = sqrt(N) mean(SCAR) / sd(SCAR), sd over N - 1",
        "Boehmer, Musumeci and Poulsen (1991)",
        "10.1016/0304-405X(91)90032-F",
    ),
    means.KOLARI_PYNNONEN: About(
        STANDARDIZED,
        "Student's t, degrees of freedom of the correlation (Satterthwaite) where dates are few, else N - 1",
        f"the pairs' mean correlation r is that of ordinary days; {OWN_SPREAD}",
        "t = sqrt(N) mean(SCAR) / sd(SCAR) sqrt((1 - r) / (1 + (N - 1) r)), sd over N - 1",
        *KOLARI_PYNNONEN,
    ),
    "variance of event days over estimation days": About(
        "the variance of the standardized abnormal moves is what the estimation windows lead to expect",
        "chi-square over its degrees of freedom",
        "abnormal moves are normal, with one mean; the pairs' mean correlation r is that of ordinary days",
        "ratio = sd(SCAR)^2 / ((1 - r) mean(Q)), Q = (T - k) / (T - k - 2)",
        "Giaccotto and Sfiridis (1996), Journal of Economics and Business 48, 349-370",
    ),
    "BHAR t": About(
        "the mean buy-and-hold abnormal return over events is zero",
        "Student's t, G - 1 degrees of freedom",
        f"{INDEPENDENT_CLUSTERS}; long windows are skewed",
        "t = sqrt(G) mean(m) / sd(m), m the cluster means of prod(1 + R) - prod(1 + E(R)); of log moves"
        " 1 + E(R) = exp(E(y) + s^2 v / 2)",
        *LYON_BARBER_TSAI,
    ),
    "BHAR skewness-adjusted t": About(
        "the mean buy-and-hold abnormal return over events is zero",
        "Student's t, G - 1 degrees of freedom",
        "clusters are independent; returns may be skewed, and the skewness is estimated from them",
        "t = sqrt(G) (S + g S^2 / 3 + g / (6 G)), S = mean(m) / sd(m), g the skewness of the cluster means m",
        *LYON_BARBER_TSAI,
    ),
    AUTOCORRELATION: About(
        "residuals do not follow from those of the session before",
        "standard normal",
        "days are many; series may move together on a day, and volatility may change",
        "z = rho / se(rho), rho = sum(c) / V + 1 / T, c the sum of e_s e_(s-1) over series on each day, V that of e^2",
        *LO_MACKINLAY,
    ),
    POSITIVE_SHARE: About(
        "residuals are positive half the time",
        "standard normal",
        "days are many and independent; series may move together on a day",
        "z = d / se(d), d = mean of sign(e) / 2, a session of a series once, se from the sums of each day",
        "Conover (1999), Practical Nonparametric Statistics, section 3.4",
    ),
    "calendar-time portfolio t": About(
        MEAN,
        "Student's t, event days - 1 degrees of freedom",
        "the portfolio's days are independent; their variance is that of its own estimation window",
        "t = mean(z) / se, z the portfolio's move on each of D days over its own deviation; se^2 = sd(z)^2 / D and the"
        " error of the fits",
        "Jaffe (1974), Journal of Business 47, 410-428; Mandelker (1974), Journal of Financial Economics 1, 303-335",
    ),
}

RANKS = {
    ranks.CORRADO: About(
        ORDINARY,
        "standard normal",
        f"the event changes no variance; {DATES}",
        "z = sum(Z) / (sqrt(L) S), Z the sum over pairs of rank / (1 + M) - 1/2 on each session, over sqrt(N)",
        "Corrado (1989)",
        "10.1016/0304-405X(89)90064-0",
    ),
    ranks.CORRADO_ZIVNEY: About(
        "standardized abnormal moves of the event are distributed as ordinary ones, but for their variance",
        "standard normal",
        f"abnormal moves without skew; {OWN_SPREAD}; {DATES}",
        "z = sum(Z) / (sqrt(L) S), as Corrado's, the event's moves over their standard deviation across pairs",
        "Corrado and Zivney (1992)",
        "10.2307/2331331",
    ),
    ranks.GRANK_T: About(
        "standardized sums of the event are distributed as ordinary standardized moves, but for their variance",
        "Student's t, T - 1 degrees of freedom",
        f"sums and daily moves have one shape, without skew; {OWN_SPREAD}; {DATES}",
        "t = Z sqrt((T - 1) / (T - Z^2)), Z = Ubar_0 / S, U = rank / (T + 2) - 1/2",
        *GRANK,
    ),
    ranks.GRANK_Z: About(
        "standardized sums of the event are distributed as ordinary standardized moves, but for their variance",
        "standard normal",
        f"pairs are independent; sums and daily moves have one shape, without skew; {OWN_SPREAD}",
        "z = Ubar_0 / se, se = sqrt(sum(T / (12 (T + 2)))) / N",
        *GRANK,
    ),
    signs.SIGN: About(
        "a positive abnormal move is as likely as a negative one",
        "binomial, exact",
        "pairs are independent; abnormal moves without skew",
        "z = (n+ - n / 2) / (sqrt(n) / 2), n+ of n moves positive",
        "Conover (1999), Practical Nonparametric Statistics, section 3.4",
    ),
    signs.GENERALIZED_SIGN: About(
        "a positive abnormal move is as likely as over ordinary windows of the same length",
        "standard normal",
        "pairs are independent; the shares p of ordinary windows are taken as known",
        "z = (n+ - sum(p)) / sqrt(sum(p (1 - p)))",
        "Cowan (1992)",
        "10.1007/BF00939016",
    ),
    signs.WILCOXON: About(
        "abnormal moves are symmetric about zero",
        "all flips of signs, exact; normal above 400 moves",
        "pairs are independent; symmetric moves",
        "W = sum of the ranks of abs(CAR) over the positive moves",
        "Wilcoxon (1945)",
        "10.2307/3001968",
    ),
}

RESAMPLED = {
    "date permutation": About(
        ORDINARY,
        "the mean at dates drawn from the estimation windows, one date a cluster, refitted at each",
        "event days are exchangeable with ordinary ones: no change of variance either; clusters are independent",
        "statistic = mean over clusters of mean(SCAR) in each; p = share of draws as large in size, its own among them",
        "Lehmann and Romano (2005), Testing Statistical Hypotheses, section 15.2",
    ),
    "joint calendar shift": About(
        ORDINARY,
        "the statistic with all windows moved together round a ring of the study's own days, refitted at each shift",
        "event days are exchangeable with ordinary ones: no change of variance either",
        "statistic = mean over clusters of mean(SCAR) in each; p = share of shifts with one as large in size, the true"
        " dates among them",
        "Lehmann and Romano (2005), Testing Statistical Hypotheses, section 15.2",
    ),
    "joint calendar shift of BMP's t": About(
        "standardized abnormal moves of the event have mean zero; their variance may be any, alike for all pairs",
        "t over pairs with all windows moved together round a ring of the study's own days, refitted at each shift",
        "days are exchangeable but for the event's own, idiosyncratic variance; no change of a common factor's",
        "t = sqrt(N) mean(SCAR) / sd(SCAR) at each shift; p = share of shifts with a t as large in size, the true dates"
        " among them",
        "Boehmer, Musumeci and Poulsen (1991)",
        "10.1016/0304-405X(91)90032-F",
    ),
    "wild bootstrap": About(
        MEAN,
        "cluster t of the moves times one random sign a cluster, the null imposed",
        "clusters are independent; smallest p 2^(1 - G)",
        "p = share of draws of Rademacher weights whose studentised mean is as large in size",
        "Cameron, Gelbach and Miller (2008)",
        "10.1162/rest.90.3.414",
    ),
    "wild bootstrap, Webb weights": About(
        MEAN,
        "cluster t of the moves times one of six random weights a cluster, the null imposed",
        "clusters are independent; with a handful of them p is smaller than they can carry",
        "p = share of draws of six-point weights whose studentised mean is as large in size",
        "Webb (2023)",
        "10.1111/caje.12661",
    ),
    "sign-change randomisation": About(
        MEAN,
        "all changes of sign of the cluster means",
        "cluster means are independent and symmetric about zero; smallest p 2^(1 - G)",
        "p = share of the changes of sign whose statistic is as large in size",
        "Canay, Romano and Shaikh (2017)",
        "10.3982/ECTA13081",
    ),
    "stationary block bootstrap": About(
        MEAN,
        "the studentised mean of blocks of cluster means, of random length, in calendar order",
        "cluster means are stationary and weakly dependent in calendar order",
        "p = share of draws whose studentised mean, about the mean observed, is as large in size",
        *STATIONARY,
    ),
}

OVER_EVENTS = CLOSED_FORMS | RANKS | RESAMPLED
