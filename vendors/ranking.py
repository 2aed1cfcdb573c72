"""How quick and how dear an agency is: measured in working days, compared with due regard to how few cases.

Figures are whole numbers throughout (days, thousandths of the list fee, hundredths of a star; medians as
twice their value), so that the summary and a recomputation agree to the last digit on every engine.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import accumulate

from deadlines.calendar import Calendar

PER_MILLE = 1000
ONE_DAY = timedelta(days=1)

# value -> how often
Histogram = Mapping[int, int]
Gap = tuple[date, date]


def handling_days(calendar: Calendar, begun_on: date, done_on: date, gaps: Iterable[Gap] = ()) -> int:
    """Count the working days after the day of beginning to that of delivery, outside the excused gaps."""
    return sum(calendar.count_working(eve, last) for eve, last in outside(begun_on, done_on, gaps))


def outside(begun_on: date, done_on: date, gaps: Iterable[Gap]) -> list[Gap]:
    """Return the stretches after the first day up to the second that no gap covers, each after its eve."""
    stretches = []
    eve = begun_on
    for start, end in sorted(gaps):
        before = min(start - ONE_DAY, done_on)
        if eve < before:
            stretches.append((eve, before))
        eve = max(eve, end)
    if eve < done_on:
        stretches.append((eve, done_on))
    return stretches


def fee_index(agreed_fen: int, list_fen: int) -> int:
    """Return a fee in thousandths of the published one, rounded half up."""
    return (2 * PER_MILLE * agreed_fen + list_fen) // (2 * list_fen)


@dataclass(frozen=True, slots=True)
class Spread:
    """A sample at a glance: how many, twice the median, and the quartiles between which half of it lies."""

    n: int = 0
    twice_median: int = 0
    lower: int = 0
    upper: int = 0

    @property
    def median(self) -> float:
        """Return the median."""
        return self.twice_median / 2


def spread(counts: Histogram) -> Spread:
    """Return the spread of a sample given as a histogram; quartiles by nearest rank."""
    values = sorted(counts)
    upto = list(accumulate(counts[value] for value in values))
    n = upto[-1] if upto else 0
    if n == 0:
        return Spread()
    middle, after, lower, upper = (
        values[bisect_left(upto, rank)] for rank in ((n + 1) // 2, n // 2 + 1, -(-n // 4), -(-3 * n // 4))
    )
    return Spread(n, middle + after, lower, upper)


def shrunk(n: int, twice_median: int, twice_typical: int, weight: int) -> float:
    """Return (n·x + k·median) / (n + k): a few cases count little beside what is usual in the category."""
    return (n * twice_median + weight * twice_typical) / (2 * (n + weight)) if n + weight else 0.0


def stars(enterprise: int, department: int, zone: int, weights: tuple[int, int, int]) -> int:
    """Return the weighted stars in hundredths, rounded half up."""
    given = (enterprise, department, zone)
    total = sum(weights)
    weighed = sum(star * weight for star, weight in zip(given, weights, strict=True))
    return (200 * weighed + total) // (2 * total)


@dataclass(slots=True)
class Sample:
    """What is counted of one agency in one library."""

    days: dict[int, int] = field(default_factory=dict)
    fees: dict[int, int] = field(default_factory=dict)
    stars_sum: int = 0
    stars_n: int = 0
    first_on: date | None = None
    last_on: date | None = None

    def add(self, on: date, days: int, fee: int | None) -> None:
        """Count one commission that the authority accepted on a day."""
        self.days[days] = self.days.get(days, 0) + 1
        if fee is not None:
            self.fees[fee] = self.fees.get(fee, 0) + 1
        self.first_on = min(self.first_on or on, on)
        self.last_on = max(self.last_on or on, on)

    def rate(self, hundredths: int) -> None:
        """Count one rating."""
        self.stars_sum += hundredths
        self.stars_n += 1


@dataclass(frozen=True, slots=True)
class Standing:
    """An agency beside the others of its library; without a rank when it has too few cases."""

    vendor_id: int
    days: Spread
    fees: Spread
    stars_sum: int
    stars_n: int
    first_on: date | None
    last_on: date | None
    score: float = 0.0
    rank: int | None = None

    @property
    def rating(self) -> float | None:
        """Return the average of its ratings in stars."""
        return self.stars_sum / self.stars_n / 100 if self.stars_n else None


def standing(vendor_id: int, sample: Sample) -> Standing:
    """Return the standing of one agency, not yet compared."""
    return Standing(
        vendor_id,
        spread(sample.days),
        spread(sample.fees),
        sample.stars_sum,
        sample.stars_n,
        sample.first_on,
        sample.last_on,
    )


def merged(histograms: Iterable[Histogram]) -> dict[int, int]:
    """Return several samples as one."""
    total: dict[int, int] = {}
    for counts in histograms:
        for value, count in counts.items():
            total[value] = total.get(value, 0) + count
    return total


def ranked(
    standings: Iterable[Standing], typical: Spread, *, least: int, weight: int, by: str = "days"
) -> list[Standing]:
    """Return the standings, the best first and those with too few cases last and unranked.

    ``by`` names the spread that is compared: ``days`` or ``fees``, the less the better either way. Equals
    stand in the order in which they came into the register.
    """
    scored = []
    for one in standings:
        own: Spread = getattr(one, by)
        scored.append((own.n, shrunk(own.n, own.twice_median, typical.twice_median, weight), one))
    enough = sorted((score, one.vendor_id, one) for n, score, one in scored if n >= least)
    few = sorted((one.vendor_id, one) for n, _score, one in scored if n < least)
    placed = [_placed(one, score, place) for place, (score, _id, one) in enumerate(enough, start=1)]
    return placed + [_placed(one, 0.0, None) for _id, one in few]


def _placed(one: Standing, score: float, rank: int | None) -> Standing:
    return replace(one, score=score, rank=rank)


def typical_of(samples: Sequence[Sample], by: str = "days") -> Spread:
    """Return the spread of all commissions of a category together."""
    return spread(merged(getattr(sample, by) for sample in samples))
