"""Codes of securities and currencies, checked: ISO 6166 (ISIN) and ISO 4217."""

from __future__ import annotations

import difflib
import re

from ..errors import InputError

__all__ = ["CURRENCIES", "FORMER_CURRENCIES", "check_country", "check_currency", "check_isin", "isin_digit"]

_TODAY = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP"
    " CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF"
    " IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD"
    " MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB"
    " RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD"
    " UYU UZS VED VES VND VUV WST XAF XAG XAU XCD XCG XDR XOF XPD XPF XPT YER ZAR ZMW ZWG"
)
_FORMER = (
    "ADP AFA ANG AON AOR ATS AZM BEF BGL BGN BYB BYR CSD CUC CYP DEM ECS EEK ESP FIM FRF GEK GHC GRD HRK IEP ITL LTL"
    " LUF LVL MGF MRO MTL MZM NLG PTE ROL RUR SDD SIT SKK SLL SRG STD TJR TMM TPE TRL UAK VEB VEF XEU YUM ZMK ZWD ZWL"
    " ZWN ZWR"
)

CURRENCIES = frozenset(_TODAY.split())
"""Codes of list one of ISO 4217: currencies of today, and the metals and drawing rights that are quoted like them."""

FORMER_CURRENCIES = frozenset(_FORMER.split())
"""Codes of list three of ISO 4217 that series since the 1990s carry."""

LOOK_ALIKES = {
    "CNH": "CNY (CNH, the yuan outside China, is no code of ISO 4217): CurrencyPair('USD', 'CNY', id='USD/CNH')",
    "TL": "TRY",
    "RMB": "CNY",
    "UKP": "GBP",
    "GBX": "GBP (GBX is pence: divide by 100)",
}
"""What is often written for a code, and the code."""


def check_currency(code: object, parameter: str) -> None:
    """Refuse what is no code of ISO 4217, of today or of the past.

    Raises
    ------
    InputError
        Naming the nearest codes.

    Examples
    --------
    >>> check_currency("KZT", "quote")
    >>> check_currency("KZR", "quote")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    marketimpact.errors.InputError: quote: is not a currency of ISO 4217; received 'KZR'; allowed: like ...
    """
    known = CURRENCIES | FORMER_CURRENCIES
    if isinstance(code, str) and code in known:
        return
    if not isinstance(code, str) or not re.fullmatch("[A-Z]{2,3}", code):
        raise InputError(
            "is not a code", parameter=parameter, received=code, allowed="ISO 4217, like 'USD' or 'KZT'"
        )
    near = difflib.get_close_matches(code, sorted(CURRENCIES), n=3, cutoff=0.0)
    raise InputError(
        "is not a currency of ISO 4217",
        parameter=parameter,
        received=code,
        allowed=LOOK_ALIKES.get(code, "like " + ", ".join(near)),
    )


def check_country(code: object, parameter: str) -> None:
    """Refuse what has not the form of a country's code, ISO 3166 alpha-2, and "UK", which never meets "GB".

    Raises
    ------
    InputError
    """
    if not isinstance(code, str) or not re.fullmatch("[A-Z]{2}", code):
        raise InputError(
            "is not a code", parameter=parameter, received=code, allowed="ISO 3166 alpha-2, like 'KZ'"
        )
    if code == "UK":
        raise InputError("is no code of ISO 3166", parameter=parameter, received=code, allowed="'GB'")


def isin_digit(body: str) -> int:
    """Give the check digit of the first eleven characters of an ISIN: ISO 6166, by the rule of Luhn.

    Letters become two digits (A = 10 ... Z = 35); of all digits, from the right, every other one is doubled, the
    first of them included; the check digit brings the sum of their digits to a multiple of ten.

    Examples
    --------
    >>> isin_digit("XS126313985")
    6
    """
    digits = "".join(str(int(character, 36)) for character in body)
    doubled = [int(digit) * (2 if i % 2 == 0 else 1) for i, digit in enumerate(reversed(digits))]
    return -sum(sum(divmod(value, 10)) for value in doubled) % 10


def check_isin(isin: object, parameter: str) -> None:
    """Refuse what is no ISIN: twelve characters, the last a check digit.

    Raises
    ------
    InputError
        Saying the digit that would fit, where only that is wrong.

    Examples
    --------
    >>> check_isin("XS1263139856", "isin")
    >>> check_isin("XS1263139857", "isin")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    marketimpact.errors.InputError: isin: the check digit does not fit: one of its characters is wrong; received ...
    """
    if not isinstance(isin, str) or not re.fullmatch("[A-Z]{2}[A-Z0-9]{9}[0-9]", isin):
        raise InputError(
            "is not a code", parameter=parameter, received=isin, allowed="ISO 6166, 12 characters"
        )
    digit = isin_digit(isin[:-1])
    if digit != int(isin[-1]):
        raise InputError(
            "the check digit does not fit: one of its characters is wrong",
            parameter=parameter,
            received=isin,
            allowed=f"the digit {digit} if the first eleven are right",
        )
