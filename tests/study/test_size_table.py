"""The size table: a fast part of it measured anew, and the one that is kept held to its own rules."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from unittest.mock import patch

import numpy as np
import pytest

from marketimpact.maths import resample
from marketimpact.maths.calendar_time import CALENDAR_TIME
from marketimpact.maths.max_statistic import sup_t
from marketimpact.maths.over_events import BMP, CROSS_SECTIONAL, KOLARI_PYNNONEN, PATELL
from marketimpact.maths.rank_tests import CORRADO, GRANK_T
from marketimpact.maths.resample import date_permutation, placebo_scars
from marketimpact.maths.sign_tests import SIGN
from marketimpact.study.gathered import gather
from marketimpact.study.inference import PERMUTATION, clusters_of, kind_groups
from marketimpact.study.joint_shift import joint_calendar_shift
from scripts.sizes import command, one, over
from scripts.sizes.files import read, text, write
from scripts.sizes.known import KNOWN, explained
from scripts.sizes.measure import batches, measure
from scripts.sizes.registry import CLUSTER_T, PLACEBO, Entry, entries_of
from scripts.sizes.rows import ROWS, Row
from scripts.sizes.studies import run
from scripts.sizes.verdicts import BAND, STANDARD_ERRORS, Cell, judged

TABLE = command.DOCS / "size_table.csv"
DRAWS, STUDIES, SEED = 250, 2, 2026
INDEPENDENT = (CLUSTER_T, CROSS_SECTIONAL, PATELL, BMP, KOLARI_PYNNONEN, CORRADO, GRANK_T, SIGN, PERMUTATION)
BY_NAME = {row.name: row for row in ROWS}


@cache
def measured(name: str, draws: int = DRAWS) -> dict[str, Cell]:
    with patch("scripts.sizes.measure.STUDIES", STUDIES):
        return {cell.test: cell for cell in measure(BY_NAME[name], draws, SEED)}


def slack(rate: float, draws: int) -> float:
    return float(STANDARD_ERRORS * np.sqrt(rate * (1.0 - rate) / draws))


def holds(cell: Cell) -> None:
    """Inside its gate, give or take 3.7 standard errors of so few draws where the gate has none of its own."""
    low, high = cell.low, cell.high
    if np.isclose(high - low, BAND[1] - BAND[0]):
        low, high = low - slack(low, cell.draws), high + slack(high, cell.draws)
    assert low <= cell.share <= high, cell


@pytest.mark.parametrize(
    ("row", "tests"),
    [
        ("normal, N=20, L=1", INDEPENDENT),
        ("1 sessions apart, rho=0.5, N=20, L=11", (KOLARI_PYNNONEN,)),
        ("one instrument, masked, N=20, L=11", (KOLARI_PYNNONEN,)),
        ("5 dates x 6, rho=0.8, L=1", (CLUSTER_T, KOLARI_PYNNONEN, CALENDAR_TIME)),
        ("one event, normal, T=39, L=1", ("t", "rank with refit")),
        ("one event, normal, T=250, L=11", ("t", PLACEBO, "largest of the days, rank with refit")),
    ],
)  # fmt: skip
def test_a_fast_part_of_the_table_holds(row, tests):
    found = measured(row)
    for test in tests:
        assert found[test].draws == DRAWS
        holds(found[test])


def test_what_breaks_shows():
    """The table can fail: tests that trust independent pairs, run on windows that share days and dates."""
    chained, dates = measured("1 sessions apart, rho=0.5, N=20, L=11"), measured("5 dates x 6, rho=0.8, L=1")
    for found in (chained, dates):
        for test in (CROSS_SECTIONAL, PATELL, BMP):
            assert found[test].verdict == "refused"
            assert found[test].share > 0.2
    row = BY_NAME["normal, N=20, L=1"]
    entry = {entry.name: entry for entry in entries_of(row)}[BMP]
    cell = measured(row.name)[BMP]
    assert judged(replace(cell, share=0.066), row, entry).verdict == "failed"
    assert judged(replace(cell, share=0.034), row, entry).verdict == "failed"
    assert judged(replace(cell, share=0.036), row, entry).verdict == "held"
    assert judged(replace(cell, share=0.5, refused=1.0), row, entry).verdict == "refused"


def test_a_batch_that_is_not_the_study_is_an_error():
    """Every row compares its p-values with those of studies of the package: a wrong one is found."""
    row = BY_NAME["normal, N=5, L=1"]
    wrong = Entry(BMP, lambda batch, seed: over.bmp(batch) * 1.001)
    with (
        patch("scripts.sizes.measure.entries_of", lambda row: [wrong]),
        pytest.raises(AssertionError, match="normal, N=5, L=1, BMP t"),
    ):
        measure(row, 20, 1)


def test_a_row_depends_on_its_name_and_seed_alone():
    row = BY_NAME["one event, normal, T=30, L=1"]
    one_way = measure(row, 60, 3)
    assert measure(row, 60, 3) == one_way
    rest = measure(row, 60, 3, frozenset({"t"}))
    assert rest == [cell for cell in one_way if cell.test != "t"]
    assert measure(row, 60, 4) != one_way


def batch_of(name: str, draws: int):
    return next(batches(BY_NAME[name], draws, SEED))


@pytest.mark.parametrize(
    "name", ["normal, N=5, L=1", "5 dates x 6, rho=0.5, L=1", "one date, rho=0.3, N=30, L=1"]
)
def test_the_permutation_is_the_packages_own(name):
    b = batch_of(name, 60)
    p = over.permutation(b, 5)
    sample, events = b.sample()
    scars = placebo_scars(sample, events, 1).reshape(b.draws, b.n, -1)
    begin = b.windows.days[:, b.total]
    offsets = b.windows.days[:, : scars.shape[2] - 1] - begin[:, None]
    with patch.object(resample, "DRAWS", over.PERMUTATIONS):
        for i in (0, 1, 49, 50, 59):
            seed = 5 + over.TOGETHER * (i // over.TOGETHER)
            assert p[i] == date_permutation(scars[i], offsets, b.clusters, begin + 1, seed).p_value


@pytest.mark.parametrize(
    "name",
    [
        "1 sessions apart, rho=0.5, N=20, L=11",
        "one instrument, masked, N=20, L=11",
        "5 dates x 6, rho=0.5, L=1",
    ],
)
def test_the_joint_shift_is_the_packages_own(name):
    b = batch_of(name, 3)
    p = over.joint_shift(b), over.joint_shift_t(b)
    for i in range(3):
        result = run(b.row, b.series[i])
        a, e = result.alignment, result.estimates
        (group,) = kind_groups(a, e.rows).values()
        window = (0, b.sessions - 1)
        gathered = gather(a, e, result.spec, window, group, clusters_of(a, e.rows, result.spec))
        for mine, outcome in zip(p, joint_calendar_shift(gathered, a, e, 0), strict=True):
            assert mine[i] == pytest.approx(outcome.p_value, abs=1e-12)


def test_the_critical_value_of_the_sup_t_is_that_of_its_p():
    b = batch_of("one event, normal, T=30, L=11", 12)
    rejected = one.sup_t(b) < 0.05
    xtx_inv = 1.0 / b.total
    covariance = np.eye(b.sessions) + xtx_inv
    for i in range(12):
        found = sup_t(b.event[i, 0], covariance, float(b.df[0]))
        assert rejected[i] == (found.p_value <= 0.05)


def test_the_sums_are_those_of_the_study():
    for name in ("5 dates x 6, rho=0.5, L=11", "one instrument, masked, N=20, L=11", "normal, N=5, L=11"):
        b = batch_of(name, 2)
        for i in range(2):
            result = run(b.row, b.series[i])
            found = result.scar.to_numpy()[:, 0]
            assert found == pytest.approx(b.scar[i], rel=1e-8)


def test_levels_that_a_test_can_attain():
    """Rank 4.64 % at T = 150, sign 4.28 at N = 30, Wilcoxon 0 at N = 5 and 4.97 at N = 30, signs of 5 clusters 0."""
    wanted: list[tuple[str, str, float]] = [
        ("one event, normal, T=150, L=1", "rank with refit", 0.0464),
        ("one event, normal, T=30, L=1", "rank with refit", 0.0323),
        ("one event, normal, T=250, L=1", "rank with refit", 0.0478),
        ("normal, N=30, L=1", SIGN, 0.0428),
        ("normal, N=5, L=1", "Wilcoxon signed rank", 0.0),
        ("normal, N=30, L=1", "Wilcoxon signed rank", 0.0497),
        ("5 dates x 6, rho=0.5, L=1", "wild bootstrap", 0.0),
    ]
    for name, test, level in wanted:
        entry = {entry.name: entry for entry in entries_of(BY_NAME[name])}[test]
        assert entry.level is not None
        assert entry.level(batch_of(name, 2)) == pytest.approx(level, abs=5e-5)


def test_a_file_of_cells_comes_back(tmp_path):
    cells = list(measured("normal, N=20, L=1").values()) + list(
        measured("one event, normal, T=39, L=1").values()
    )
    write(tmp_path / "cells.csv", reversed(cells))
    back = read(tmp_path / "cells.csv")
    assert [(cell.row, cell.test, cell.verdict) for cell in back] == [
        (cell.row, cell.test, cell.verdict) for cell in cells
    ]
    assert [cell.share for cell in back] == pytest.approx(
        [cell.share for cell in cells], rel=1e-5, nan_ok=True
    )
    assert "| normal, N=20, L=1 |" in text(back)


def test_what_is_measured_is_not_measured_again(tmp_path, capsys):
    arguments = ["--rows", "T=39, k=2", "--draws", "40", "--processes", "1", "--out", str(tmp_path)]
    command.main(arguments)
    assert "1 rows to measure, 0 are there" in capsys.readouterr().out
    before = read(tmp_path / "size_table.csv")
    command.main(arguments)
    assert "0 rows to measure, 1 are there" in capsys.readouterr().out
    assert list(map(str, read(tmp_path / "size_table.csv"))) == list(map(str, before))
    assert (tmp_path / "pictures" / "size_table.png").stat().st_size > 10_000


def test_what_the_package_refuses_is_asked_again(tmp_path):
    """The shares of rejections stay; what studies say of the tests, and the verdict with it, is new."""
    arguments = ["--rows", "normal, N=5, L=11", "--draws", "40", "--processes", "1", "--out", str(tmp_path)]
    with patch("scripts.sizes.measure.STUDIES", STUDIES):
        command.main(arguments)
        file = tmp_path / "size_table.csv"
        before = read(file)
        write(file, [replace(cell, refused=float(cell.test == BMP), warned=0.25) for cell in before])
        assert {cell.test for cell in read(file) if cell.verdict == "refused"} == {BMP}
        command.main([*arguments, "--studies"])
    assert list(map(str, read(file))) == list(map(str, before))


@cache
def table() -> list[Cell]:
    if not TABLE.exists():
        pytest.skip("the table is not in this folder: only the repository holds it")
    return read(TABLE)


def test_the_table_has_every_row_and_test():
    wanted = [(row.name, entry.name) for row in ROWS for entry in entries_of(row)]
    assert [(cell.row, cell.test) for cell in table()] == wanted


def test_the_table_was_made_with_one_seed_and_enough_draws():
    assert {cell.seed for cell in table()} == {command.SEED}
    for cell in table():
        entry = {entry.name: entry for entry in entries_of(BY_NAME[cell.row])}[cell.test]
        if cell.verdict == "refused":
            continue
        least = min(entry.most or command.FEWEST, command.FEWEST)
        assert cell.draws >= least, cell


def test_every_verdict_of_the_table_is_that_of_its_numbers():
    def rounded(value: float) -> float:
        return float(f"{value:.6g}")

    for cell in table():
        row = BY_NAME[cell.row]
        entry = {entry.name: entry for entry in entries_of(row)}[cell.test]
        again = judged(cell, row, entry)
        assert again.verdict == cell.verdict, cell
        assert (rounded(again.low), rounded(again.high)) == pytest.approx((cell.low, cell.high), nan_ok=True)


def test_every_gated_cell_holds_or_is_refused_or_is_known_not_to():
    """A cell that does not hold stands in a list with the reason; one that holds again must leave it."""
    failed = {(cell.row, cell.test) for cell in table() if cell.verdict == "failed"}
    unknown = {cell for cell in failed if not explained(*cell)}
    assert unknown == set()
    idle = [known for known in KNOWN if not any(known.covers(*cell) for cell in failed)]
    assert idle == []


def test_the_flagships_never_reject_too_often():
    """Kolari and Pynnonen's t with exact weights, and the rank with refit: they may be too careful, as is said."""
    for cell in table():
        row: Row = BY_NAME[cell.row]
        if row.flagship and cell.test in (KOLARI_PYNNONEN, "rank with refit") and "one date" not in row.tags:
            assert cell.share <= cell.high, cell
