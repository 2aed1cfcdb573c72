"""Who wants to know when a vendor's papers begin or cease to hold: a place in a library, a pick."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from sqlalchemy.orm import Session

from vendors.models import Vendor

# called as ``follower(session, vendor, on=day)``
Follower = Callable[..., object]
F = TypeVar("F", bound=Follower)

_followers: list[Follower] = []


def follow(follower: F) -> F:
    """Have a function told of every vendor whose papers have changed; a decorator, harmless when repeated."""
    if follower not in _followers:
        _followers.append(follower)
    return follower


def tell(session: Session, vendor: Vendor, on: date) -> None:
    """Tell everybody who follows that a vendor's papers have changed, or have come to an end."""
    for follower in _followers:
        follower(session, vendor, on=on)
