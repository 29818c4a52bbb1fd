"""The ledger: counts on arrays, words only when a frame is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from marketimpact.ledger import COLUMNS, Ledger, LedgerRow, Status


def ledger(*codes: int) -> Ledger:
    def build() -> dict[str, list[object]]:
        return {column: [None] * len(codes) for column in reversed(COLUMNS)} | {
            "status": [Status(code).words for code in codes]
        }

    return Ledger(np.array(codes, dtype=np.int8), build)


def test_flagged_pairs_are_used_pairs() -> None:
    book = ledger(0, 1, 1, 2, 0, 2)
    assert (book.given, book.used, len(book)) == (6, 4, 6)
    assert [book.count(status) for status in Status] == [2, 2, 2]
    assert str(book) == "4 used of 6 given (2 flagged, 2 left out)"
    assert repr(book) == "Ledger(4 used of 6 given (2 flagged, 2 left out))"


def test_an_empty_ledger_counts_nothing() -> None:
    assert str(ledger()) == "0 used of 0 given (0 flagged, 0 left out)"
    assert list(ledger().to_frame().columns) == list(COLUMNS)


def test_the_columns_stand_in_their_order_whatever_the_builder_does() -> None:
    frame = ledger(0, 2).to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert frame["status"].tolist() == ["used", "left out"]


def test_no_column_repeats() -> None:
    assert len(set(COLUMNS)) == len(COLUMNS) == 16


def test_words_are_made_only_when_asked_for() -> None:
    calls = []

    def build() -> dict[str, list[object]]:
        calls.append(1)
        return {column: [None] for column in COLUMNS}

    book = Ledger(np.zeros(1, dtype=np.int8), build)
    assert (len(book), book.used, str(book)) == (1, 1, "1 used of 1 given (0 flagged, 0 left out)")
    assert calls == []
    book.to_frame()
    assert calls == [1]


def test_a_status_has_three_words() -> None:
    assert [status.words for status in Status] == ["used", "flagged", "left out"]
    with pytest.raises(ValueError, match="3 is not a valid Status"):
        Status(3)


def test_rows_of_unreadable_events_are_equal_by_value() -> None:
    assert LedgerRow("a", "no zone", "2022-01-05") == LedgerRow("a", "no zone", "2022-01-05")
    assert LedgerRow("a", "no zone") != LedgerRow("a", "no date")
