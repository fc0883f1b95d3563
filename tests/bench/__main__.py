"""The figures of whole commands, and of the settings language, as medians of one run."""

from __future__ import annotations

from tests.bench import language, start


def main() -> None:
    """Measure and print the tables."""
    start.main()
    print()
    language.main()


if __name__ == "__main__":
    main()
