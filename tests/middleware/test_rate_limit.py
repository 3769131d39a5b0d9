"""The rate limit on wrong credentials: how many from one address in a minute, and how little of it is remembered."""

from __future__ import annotations

import math

import pytest
from clock import Clock

from ui.middleware import security
from ui.middleware.security import MOST, WINDOW_SECONDS, RateLimit


@pytest.fixture
def clock() -> Clock:
    return Clock(1000.0)


@pytest.fixture
def tried(clock: Clock) -> RateLimit:
    return RateLimit(clock)


def test_the_tenth_different_key_is_the_last_until_the_first_is_a_minute_old(tried: RateLimit, clock: Clock) -> None:
    for at in range(MOST):
        assert tried.wait("192.0.2.1") == 0
        tried.note("192.0.2.1", f"key {at}")
        clock.now += 1
    assert tried.wait("192.0.2.1") == WINDOW_SECONDS - MOST
    clock.now = 1000.0 + WINDOW_SECONDS - 0.5
    assert tried.wait("192.0.2.1") == 1
    clock.now = 1000.0 + WINDOW_SECONDS
    assert tried.wait("192.0.2.1") == 0
    tried.note("192.0.2.1", "one more")
    assert tried.wait("192.0.2.1") == 1


def test_the_same_key_again_is_no_new_guess(tried: RateLimit) -> None:
    for _ in range(10 * MOST):
        tried.note("192.0.2.1", "a cookie of yesterday")
    assert tried.wait("192.0.2.1") == 0


def test_one_address_holds_up_no_other_but_those_of_its_own_network(tried: RateLimit) -> None:
    for at in range(MOST):
        tried.note("192.0.2.1", f"key {at}")
        tried.note(f"2001:db8:1:1::{at:x}", f"key {at}")
    assert tried.wait("192.0.2.2") == 0
    assert tried.wait("2001:db8:1:2::1") == 0
    assert tried.wait("192.0.2.1") == tried.wait("2001:db8:1:1:ffff::") == math.ceil(WINDOW_SECONDS)


def test_an_ipv4_address_written_in_ipv6_is_that_address_and_holds_up_no_other(tried: RateLimit) -> None:
    for at in range(MOST):
        tried.note(("192.0.2.1", "::ffff:192.0.2.1")[at % 2], f"key {at}")
    assert tried.wait("192.0.2.1") == tried.wait("::ffff:192.0.2.1") == math.ceil(WINDOW_SECONDS)
    assert tried.wait("::ffff:192.0.2.2") == tried.wait("192.0.2.2") == 0


@pytest.mark.parametrize("address", ["", "fe80::1%eth0", ":", "not an address", "::ffff:192.0.2.1", "\ud800"])
def test_any_address_will_do(tried: RateLimit, address: str) -> None:
    for at in range(MOST):
        tried.note(address, f"\ud800{at}")
    assert tried.wait(address) > 0


def test_what_is_remembered_is_bounded(tried: RateLimit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "_ADDRESSES", 100)
    for at in range(MOST):
        tried.note("192.0.2.1", f"key {at}")
    for at in range(99):
        tried.note(f"10.0.0.{at}", "key")
    assert tried.wait("192.0.2.1") > 0
    tried.note("10.0.1.0", "key")
    assert tried.wait("192.0.2.1") == 0
    assert len(tried._wrong) == 100
