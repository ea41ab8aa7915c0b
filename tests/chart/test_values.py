"""What the chart says to the processes is what the code knows; what would not be production is refused."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lienxa.platform.settings import Settings

CHART = Path(__file__).parents[2] / "helm" / "lienxa"
SITE = {
    "address": {"baseDomain": "lien-xa.example.vn", "ssoHost": "dang-nhap.lien-xa.example.vn"},
    "keycloak": {"url": "https://id.example.vn"},
}


def together(usual: Any, said: Any) -> Any:
    """Values as helm puts them together."""
    if not isinstance(usual, dict) or not isinstance(said, dict):
        return said
    return usual | {name: together(usual.get(name), value) for name, value in said.items()}


def check(said: dict[str, Any]) -> None:
    """Raises `ValidationError` for values that the chart refuses."""
    usual = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    jsonschema.validate(together(usual, said), schema)


def test_every_setting_of_the_chart_is_one_of_the_code() -> None:
    names = {
        name
        for template in (CHART / "templates").iterdir()
        for name in re.findall(r"\bLIENXA_[A-Z_]*[A-Z]\b", template.read_text("utf-8"))
    }
    assert len(names) > 25
    assert {name.removeprefix("LIENXA_").lower() for name in names} <= set(Settings.model_fields)


def test_a_site_that_says_what_it_has_is_taken() -> None:
    check(SITE)
    check(together(SITE, {"settings": {"LIENXA_ERASE_AFTER_DAYS": 60}, "database": {"pooled": True}}))
    check(together(SITE, {"secrets": {"oldKeys": "lienxa-old-keys"}}))


def test_old_keys_come_from_a_secret_alone_and_only_if_there_is_one() -> None:
    helpers = (CHART / "templates" / "_helpers.tpl").read_text("utf-8")
    (keys,) = re.findall(r'define "lienxa.keys".*?\{\{- end -\}\}', helpers, re.DOTALL)
    (old,) = re.findall(r"\{\{- with .Values.secrets.oldKeys \}\}.*?\{\{- end \}\}\n\{\{- end \}\}", keys, re.DOTALL)
    assert set(re.findall(r"LIENXA_OLD_\w+", helpers)) == set(re.findall(r"LIENXA_OLD_\w+", old))
    assert {name.removeprefix("LIENXA_").lower() for name in re.findall(r"LIENXA_OLD_\w+", old)} == {
        name for name in Settings.model_fields if name.startswith("old_") and name.endswith("_keys")
    }
    assert yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))["secrets"]["oldKeys"] == ""


@pytest.mark.parametrize(
    "said",
    [
        {"address": {"baseDomain": ""}},
        {"address": {"ssoHost": "https://dang-nhap.example.vn"}},
        {"keycloak": {"url": "http://id.example.vn"}},
        {"keycloak": {"url": "https://id.example.vn/realms/lienxa"}},
        {"profile": "embedded"},
        {"settings": {"LIENXA_PROFILE": "embedded"}},
        {"settings": {"LIENXA_SSO": "embedded"}},
        {"settings": {"LIENXA_SECRET_KEY": "00"}},
        {"settings": {"LIENXA_OLD_AUDIT_KEYS": "00"}},
        {"secrets": {"oldKeys": None}},
        {"settings": {"LIENXA_DB_OPERATOR_DSN": "postgresql://x"}},
        {"web": {"replicas": 0}},
        {"web": {"replicas": "2"}},
        {"secrets": {"databaseApp": ""}},
    ],
    ids=str,
)
def test_what_is_missing_or_no_production_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check(together(SITE, said))
