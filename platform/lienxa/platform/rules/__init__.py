"""Dated rule sets: what the law says, as data with the days between which it holds.

A rule set is a TOML file in `sets/`. New work follows the set in force on its day; running work keeps the name of the
set under which it began and asks for that one.
"""

from lienxa.platform.rules.cases import CaseForm, CaseRules, case_rules, case_rules_named
from lienxa.platform.rules.documents import DocumentType, document_types
from lienxa.platform.rules.loader import RuleSet, in_force, named

__all__ = [
    "CaseForm",
    "CaseRules",
    "DocumentType",
    "RuleSet",
    "case_rules",
    "case_rules_named",
    "document_types",
    "in_force",
    "named",
]
