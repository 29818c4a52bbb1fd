"""Measure how often each test rejects where nothing happens, in every situation that the documentation speaks of.

    python scripts/size_table.py [--draws 10000] [--rows "5 dates"] [--seed 8] [--out docs] [--processes 2]
        [--studies] [--fresh]

Tests that stand in the file with the same row and seed and enough draws are not measured again; with --studies the
package is asked again which of them it refuses.
"""

from sizes.command import main

if __name__ == "__main__":
    main()
