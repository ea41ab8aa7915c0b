"""Reads the rule sets. All files are read once, checked together, and kept."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import msgspec


class RuleSet(msgspec.Struct, frozen=True):
    """A rule set of one subject, in force from `valid_from` to `valid_to`, both days included (None: until further).

    `base` names the set whose data it starts from; `data` already contains that data, with this set's own on top.
    """

    name: str
    subject: str
    title: str
    source: str
    valid_from: date
    valid_to: date | None
    base: str
    data: Mapping[str, Any]

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def in_force(subject: str, on: date) -> RuleSet:
    """The rule set of the subject in force on that day; `LookupError` before the first and after the last."""
    for rule_set in _all_sets().values():
        if rule_set.subject == subject and rule_set.holds_on(on):
            return rule_set
    raise LookupError(f"no rule set of {subject!r} in force on {on:%d/%m/%Y}")


def named(name: str) -> RuleSet:
    """The rule set of that name, whether in force or not; `LookupError` if there is none."""
    try:
        return _all_sets()[name]
    except KeyError:
        raise LookupError(f"no rule set {name!r}") from None


def check(rule_sets: Mapping[str, RuleSet]) -> None:
    """Raise `ValueError` unless on each day at most one set of each subject is in force."""
    ordered = sorted(rule_sets.values(), key=lambda rule_set: (rule_set.subject, rule_set.valid_from))
    for rule_set in ordered:
        if rule_set.valid_to is not None and rule_set.valid_to < rule_set.valid_from:
            raise ValueError(f"{rule_set.name} ends before it begins")
    for earlier, later in pairwise(ordered):
        if earlier.subject == later.subject and earlier.holds_on(later.valid_from):
            raise ValueError(f"{earlier.name} and {later.name} are both in force on {later.valid_from}")


@cache
def _all_sets() -> Mapping[str, RuleSet]:
    raw = {
        entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text(encoding="utf-8"))
        for entry in (files(__package__) / "sets").iterdir()
        if entry.name.endswith(".toml")
    }
    rule_sets = {name: _built(name, raw) for name in sorted(raw)}
    check(rule_sets)
    return rule_sets


def _built(name: str, raw: Mapping[str, Mapping[str, Any]]) -> RuleSet:
    content = dict(raw[name])
    head = {
        "name": name,
        "subject": content.pop("subject"),
        "title": content.pop("title"),
        "source": content.pop("source"),
        "valid_from": content.pop("valid_from"),
        "valid_to": content.pop("valid_to", None),
        "base": content.pop("base", ""),
    }
    if head["base"]:
        content = merged(_built(head["base"], raw).data, content)
    return RuleSet(**head, data=content)


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below` with `above` laid over it: tables are merged key by key, everything else (lists too) is replaced."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        result[key] = merged(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return result
