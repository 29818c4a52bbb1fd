"""The reference data of the shared folder: market-model residuals and abnormal moves by an orthogonal fit."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ESTIMATION, GAP, BEFORE, AFTER = 120, 5, 5, 5
"""Estimation window -130..-11, event window -5..+5."""


@dataclass(frozen=True)
class Reference:
    """One variant: 30 events, T = 120, k = 2, 11 event sessions."""

    residuals: np.ndarray
    ar: np.ndarray
    sigma: np.ndarray
    x: np.ndarray
    xtx_inv: np.ndarray
    stored: dict[tuple[str, str], tuple[float, float]]
    """(test, label of the window or day) -> statistic, p."""

    def scar(self, first: int, last: int) -> np.ndarray:
        """CAR from tau first to tau last over the root of its exact variance."""
        part = slice(first + BEFORE, last + BEFORE + 1)
        x = self.x[:, part].sum(axis=1)
        factor = (last - first + 1) + np.einsum("ni,nij,nj->n", x, self.xtx_inv, x)
        return self.ar[:, part].sum(axis=1) / (self.sigma * np.sqrt(factor))

    def car(self, first: int, last: int) -> np.ndarray:
        return self.ar[:, first + BEFORE : last + BEFORE + 1].sum(axis=1)


def read_reference(folder: Path, variant: str) -> Reference:
    """Read the moves and the events, fit them, and read what is stored of them."""
    moves = _rows(folder / f"returns_{variant}.csv")
    dates = [row["date"] for row in moves]
    fitted = []
    for event in _rows(folder / f"events_{variant}.csv"):
        at = dates.index(event["date"])
        y, market = (np.array([float(row[name]) for row in moves]) for name in (event["asset"], "MKT"))
        x = np.column_stack([np.ones(len(y)), market])
        before = slice(at - BEFORE - GAP - ESTIMATION, at - BEFORE - GAP)
        around = slice(at - BEFORE, at + AFTER + 1)
        params = np.linalg.lstsq(x[before], y[before])[0]
        residuals = y[before] - x[before] @ params
        sigma = np.sqrt(residuals @ residuals / (ESTIMATION - 2))
        inverse = np.linalg.inv(x[before].T @ x[before])
        fitted.append((residuals, y[around] - x[around] @ params, sigma, x[around], inverse))
    stored = {
        (row["test"], row["label"]): (float(row["stat"]), float(row["p"] or "nan"))
        for row in _rows(folder / "expected_stats.csv")
        if row["variant"] == variant
    }
    return Reference(*(np.array(part) for part in zip(*fitted, strict=True)), stored=stored)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))
