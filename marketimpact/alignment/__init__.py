"""Panel x events x time line -> positions, masks, reason codes and the ledger."""
