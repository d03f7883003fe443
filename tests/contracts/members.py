"""The promises of the members' port."""

from __future__ import annotations

from tests.contracts.stores import Stores


class MembersContract:
    """An API key is its owner's until it is revoked."""

    def test_a_key_is_known_until_it_is_revoked(self, stores: Stores) -> None:
        alice = stores.people.person(team="audit")
        member = stores.members.by_api_key(alice.api_key)
        assert member is not None
        assert (member.org_id, member.user_id, member.team_ids) == (alice.org_id, alice.user_id, alice.team_ids)
        assert member.access == alice.access
        assert stores.members.by_api_key("wsn_wrong") is None
        stores.people.revoke_key(alice)
        assert stores.members.by_api_key(alice.api_key) is None
