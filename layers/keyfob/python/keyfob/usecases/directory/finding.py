"""Administrators list and search the accounts of their organization (A5).

    all        one index, by name
    search     three indexes, one after the other: name, e-mail address, user id
    filters    the shards of one index, merged by instant

A page takes some 26 read units, whatever the organization's size: half a unit for each of its
accounts, and half a unit for each of a few queries. Lists may be a second late, as indexes are.
"""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import islice

from keyfob.domain.clock import Clock
from keyfob.domain.credentials.standing import SHARDS, locked_in, stands_in
from keyfob.domain.directory.member import searchable
from keyfob.domain.due_index import until as latest
from keyfob.domain.errors import InvalidInput
from keyfob.domain.policy import Policy
from keyfob.domain.sessions.administrator import Administrator
from keyfob.storage.directory.members import List, Member, Members, Place

PAGE = 50
# All shards together rarely need more than one query each.
_OF_SHARD = 17
# No text with this beginning comes later.
_LAST = "\U0010ffff"
_LONGEST_KEY = 1_024  # bytes, of an index
_SURROGATE = re.compile("[\ud800-\udfff]")
_SEARCHED = (List.NAME, List.EMAIL, List.USER_ID)


class Filter(StrEnum):
    """Accounts that an administrator has to do something about."""

    EXPIRING = "expiring"
    WITHOUT_CREDENTIAL = "without_credential"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Accounts of a list, and the position to continue from; empty at the end."""

    members: list[Member]
    position: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """After this key of the index with this number of those that are read one after the other."""

    index: int = 0
    key: str = ""


class Finding:
    """Lists and searches accounts."""

    def __init__(self, *, members: Members, clock: Clock, policy: Policy) -> None:
        self._members = members
        self._clock = clock
        self._policy = policy

    def all(self, who: Administrator, position: str) -> Page:
        """The organization's accounts by name, from this position on.

        Raises:
            ElevationRequired. InvalidInput: the position isn't one of this list.
        """
        who.require_proof(self._clock(), self._policy)
        at = _read(position)
        places = self._members.places(List.NAME, who.organization, since=at.key, page=PAGE + 2)
        return self._page(who.organization, _after(places, at.key), 0)

    def search(self, who: Administrator, typed: str, position: str) -> Page:
        """The accounts whose name (last name first), e-mail address or user id begins so.

        Each is found once. A page may be shorter than others, and still have a next one.

        Raises:
            ElevationRequired. InvalidInput: nothing to search for; a position of another list.
        """
        who.require_proof(self._clock(), self._policy)
        begins, at = searchable(typed), _read(position)
        if not begins:
            raise InvalidInput(fields={"search": "type how a name, address or user id begins"})
        if at.key and not at.key.startswith(begins):
            raise _unknown()
        found: list[Member] = []
        for number, name in list(enumerate(_SEARCHED))[at.index :]:
            key = at.key if number == at.index else ""
            room = PAGE - len(found)
            places = self._members.places(
                name,
                who.organization,
                since=key or begins,
                until=begins + _LAST,
                page=room + 2,
            )
            page = self._page(who.organization, _after(places, key), number, room)
            found += [one for one in page.members if _is_first(one, number, begins)]
            if page.position:
                return Page(members=found, position=page.position)
            if len(found) == PAGE and name is not _SEARCHED[-1]:
                return Page(members=found, position=_written(number + 1, ""))
        return Page(members=found)

    def filtered(self, who: Administrator, which: Filter, position: str, *, days: int) -> Page:
        """The accounts with this in common, by the instant of expiry or since when it is so.

        Expiring: within so many `days`, or expired and not revoked yet.

        Raises:
            ElevationRequired. InvalidInput: the position isn't one of this list.
        """
        who.require_proof(self._clock(), self._policy)
        at = _read(position)
        until = latest(self._clock() + timedelta(days=days)) if which is Filter.EXPIRING else ""
        if until and at.key > until:
            raise _unknown()
        shards = [
            _after(self._of_shard(who.organization, which, shard, at.key, until), at.key)
            for shard in range(SHARDS)
        ]
        merged = heapq.merge(*shards, key=lambda place: place.key)
        return self._page(who.organization, merged, 0)

    def _of_shard(
        self, organization: str, which: Filter, shard: int, since: str, until: str
    ) -> Iterator[Place]:
        if which is Filter.LOCKED:
            name, partition = List.LOCKED, locked_in(organization, shard)
        else:
            has = which is Filter.EXPIRING
            name, partition = List.STANDING, stands_in(organization, shard, has_credential=has)
        return self._members.places(name, partition, since=since, until=until, page=_OF_SHARD)

    def _page(
        self, organization: str, places: Iterator[Place], number: int, room: int = PAGE
    ) -> Page:
        taken = list(islice(places, room + 1))
        shown = taken[:room]
        members = self._members.of(organization, [place.account for place in shown])
        more = len(taken) > room and bool(shown)
        return Page(members=members, position=_written(number, shown[-1].key) if more else "")


def _after(places: Iterator[Place], key: str) -> Iterator[Place]:
    """The places after this key, which is the last one of the page before."""
    return (place for place in places if place.key != key)


def _is_first(one: Member, number: int, begins: str) -> bool:
    """Whether none of the lists before has found it by the same beginning."""
    return not any(one.keys[name].startswith(begins) for name in _SEARCHED[:number])


def _written(index: int, key: str) -> str:
    return json.dumps([index, key])


def _read(position: str) -> _Position:
    """The position of a text of ours.

    Raises:
        InvalidInput: it isn't one.
    """
    if not position:
        return _Position()
    try:
        index, key = json.loads(position)
    except (ValueError, TypeError) as error:
        raise _unknown() from error
    if type(index) is not int or not 0 <= index < len(_SEARCHED) or type(key) is not str:
        raise _unknown()
    # A client may have made it: half of a surrogate pair is no key of a table.
    if len(key.encode(errors="replace")) > _LONGEST_KEY or _SURROGATE.search(key):
        raise _unknown()
    return _Position(index=index, key=key)


def _unknown() -> InvalidInput:
    return InvalidInput(fields={"cursor": "use the cursor of the page before"})
