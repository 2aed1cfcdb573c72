"""A record of no business kind, whose traits a test names."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from core.organizations import Organization
from core.records import Record
from tests import factories


class Matter(Record):
    """Something that deadlines hang on."""

    __mapper_args__: ClassVar[Any] = {"polymorphic_identity": "matter"}

    given: frozenset[str] = frozenset()

    @property
    def traits(self) -> frozenset[str]:
        """Return what the test has named."""
        return self.given


def make_matter(*traits: str, organization: Organization | None = None, **given: Any) -> Matter:
    """Make a record with these traits."""
    matter = cast(Matter, factories.add_record(Matter(title="示例", **given), organization))
    set_traits(matter, traits)
    return matter


def set_traits(matter: Matter, traits: Iterable[str]) -> None:
    """Let the record have other traits from now on."""
    matter.given = frozenset(traits)
