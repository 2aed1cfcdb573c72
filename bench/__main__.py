"""``python -m bench``: measure workloads beside their floors, print the table, guard the ratios."""

import argparse
import importlib
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.measure import Line, heading, read, regressions, row, write

# the ratios of each size are kept apart: they are not those of the other
BASELINES = {
    "quick": Path(__file__).with_name("baseline.json"),
    "full": Path(__file__).with_name("baseline-full.json"),
}
# by name: the module, in the order in which they run
WORKLOADS = {
    "h8": "bench.working_days",
    "h11": "bench.trail",
    "h5": "bench.writes",
    "h3": "bench.sweeping",
    "h10": "bench.imports",
    "h2": "bench.finding",
    "missing": "bench.missing",
    "h9": "bench.ranking",
    "export": "bench.exporting",
    "intake": "bench.intake",
    "h1": "bench.pages",
}
ENGINES = ("sqlite", "postgresql")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for; return 1 when a ratio fell behind the recorded one."""
    asked = _parse(arguments)
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    print(heading(), flush=True)
    lines = []
    for line in _measure(asked.names or list(WORKLOADS), asked.size, asked.engine):
        lines.append(line)
        print(row(line), flush=True)
    path = BASELINES[asked.size]
    fallen = regressions(lines, read(path))
    for each in fallen:
        print(f"regression: {each}", flush=True)
    if asked.update_baseline or not fallen:
        known = read(path)
        write(path, lines if asked.update_baseline else [line for line in lines if line.name not in known])
    missed = sum(not line.is_met for line in lines)
    print(f"{len(lines)} measured, {missed} missed, {len(fallen)} fallen behind the recorded ratio")
    return 1 if fallen and not asked.update_baseline else 0


def _measure(names: Sequence[str], size: str, engine: str) -> Iterator[Line]:
    for name in names:
        module = importlib.import_module(WORKLOADS[name])
        for each in module.ENGINES:
            if each == "any" or engine in ("both", each):
                yield from module.run(each, size)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(WORKLOADS))
    parser.add_argument("--size", choices=("quick", "full"), default="quick")
    parser.add_argument("--engine", choices=(*ENGINES, "both"), default="both")
    parser.add_argument("--update-baseline", action="store_true", help="record these ratios as the last ones")
    asked = parser.parse_args(arguments)
    asked.names = [name.lower() for name in asked.names]
    unknown = set(asked.names) - WORKLOADS.keys()
    if unknown:
        parser.error(f"no workload is called {', '.join(sorted(unknown))}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
