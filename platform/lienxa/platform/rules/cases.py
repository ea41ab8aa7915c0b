"""Rules of one-stop handling: the clock, the code and the forms of a case."""

from datetime import date, time
from functools import cache
from typing import Literal

import msgspec

from lienxa.platform.rules.loader import RuleSet, in_force, named


class ClockRules(msgspec.Struct, frozen=True):
    """How the handling time runs; day counts are working days, `late_hour` is a legal hour of the day."""

    late_hour: int
    supplement: Literal["restart", "pause"]
    supplement_times: int
    supplement_notice_days: int
    apology_days: int
    late_apology: Literal["record", "refuse"]
    new_dates: int
    warning_days: int


class CodeRules(msgspec.Struct, frozen=True):
    """The dossier code: `template` with places `{organ}`, `{day}` (YYMMDD) and `{number}` of `digits` digits."""

    template: str
    digits: int


class WorkingHours(msgspec.Struct, frozen=True):
    """The sessions of a working day, in order, each from (included) to (excluded)."""

    sessions: tuple[tuple[time, time], ...]


class CaseForm(msgspec.Struct, frozen=True):
    """A form of the one-stop, with the number that the rule set gives it."""

    code: str
    number: str
    name: str


class CaseRules(msgspec.Struct, frozen=True):
    """Everything a rule set of subject `cases` says; `name` is what a running case keeps."""

    name: str
    title: str
    source: str
    clock: ClockRules
    code: CodeRules
    hours: WorkingHours
    forms: tuple[CaseForm, ...]

    def form(self, code: str) -> CaseForm:
        """The form of that code (`receipt`, `supplement` ...); `LookupError` if this rule set has none."""
        for form in self.forms:
            if form.code == code:
                return form
        raise LookupError(f"{self.name} has no form {code!r}")


def case_rules(on: date) -> CaseRules:
    """The rules for a case received on that day."""
    return case_rules_named(in_force("cases", on).name)


@cache
def case_rules_named(name: str) -> CaseRules:
    """The rules under which a running case was received."""
    return _typed(named(name))


def _typed(rule_set: RuleSet) -> CaseRules:
    head = {"name": rule_set.name, "title": rule_set.title, "source": rule_set.source}
    return msgspec.convert({**head, **rule_set.data}, CaseRules)
