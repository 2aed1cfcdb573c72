"""What an outside party may do itself: on what concerns it, with a permission of its own."""

from types import SimpleNamespace

import pytest

from core.auth import SYSTEM
from core.errors import Forbidden
from core.permissions import Permission, authorize_for

OFFICE, OWN = Permission.vendor_edit, Permission.portal_edit


def actor(party_id, *permissions):
    return SimpleNamespace(party_id=party_id, permissions=frozenset(permissions))


@pytest.mark.parametrize(
    ("who", "concerned", "own"),
    [
        (actor(None, OFFICE), 7, None),
        (actor(None, OFFICE), None, OWN),
        (actor(7, OWN), 7, OWN),
        (SYSTEM, 7, None),
    ],
)
def test_the_office_acts_by_its_permission_and_a_party_on_what_concerns_it(who, concerned, own):
    authorize_for(who, OFFICE, concerned, own=own)


@pytest.mark.parametrize(
    ("who", "concerned", "own"),
    [
        (actor(None, OWN), 7, OWN),  # the office does not come in by the party's door
        (actor(7, OFFICE), 7, None),  # nor the party by the office's
        (actor(7, OWN), 7, None),
        (actor(7), 7, OWN),
        (actor(7, OWN), 8, OWN),
        (actor(7, OWN), None, OWN),
    ],
)
def test_whoever_lacks_the_permission_or_is_not_concerned_is_refused(who, concerned, own):
    with pytest.raises(Forbidden):
        authorize_for(who, OFFICE, concerned, own=own)
