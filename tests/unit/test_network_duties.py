"""The access table asks for duties that exist, by the names under which the network keeps them."""

from __future__ import annotations

from chalicelib.core import access_terms
from chalicelib.core.access_table import TABLE
from chalicelib.core.access_terms import Resource
from chalicelib.network.duties import MEANINGS, Duty
from tests.support.network_room import OFFICER

BY_CONDITION = {
    access_terms.MANAGES_NETWORK: Duty.MANAGE_NETWORK,
    access_terms.MANAGES_PILOTS: Duty.MANAGE_PILOTS,
    access_terms.CONSENTS_TO_TRANSFERS: Duty.CONSENT_TO_TRANSFERS,
}


def test_each_condition_of_duty_is_met_by_its_own_duty_alone():
    for condition, duty in BY_CONDITION.items():
        met = {
            each for each in Duty if condition.holds(OFFICER, Resource(duties=frozenset({each})))
        }
        assert met == {duty}
        assert MEANINGS[duty].title in condition.otherwise


def test_whoever_writes_the_network_needs_the_duty_for_it():
    written = {
        name: {condition for rule in act.rules for condition in rule.conditions}
        for name, act in TABLE.items()
        if name in {"organisation.write", "point.write", "posting.write", "appointment.write"}
    }
    assert len(written) == 4
    assert all(found == {access_terms.MANAGES_NETWORK} for found in written.values())
