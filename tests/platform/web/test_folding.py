"""Constant texts and addresses are part of the compiled template, escaped as they would be at each page."""

import pytest
from jinja2 import DictLoader, Environment

from lienxa.platform.web import folding, page
from lienxa.platform.web.static_files import asset


@pytest.fixture
def environment() -> Environment:
    made = Environment(loader=DictLoader({}), autoescape=True)
    made.code_generator_class = folding.FoldingGenerator
    page.register_filters(made)
    return made


@pytest.mark.parametrize(
    ("source", "rendered"),
    [
        ('{{ _("A & B") }}', "A &amp; B"),
        ('{{ asset("emblem.svg") }}', asset("emblem.svg")),
        ('{% macro show(text) %}<p>{{ text }}</p>{% endmacro %}{{ show(_("A < B")) }}', "<p>A &lt; B</p>"),
        ('{{ given or _("nothing") }}', "nothing"),
        ('{{ _("{count} > 1", count=2) }}', "2 &gt; 1"),
        ("{{ _(text) }}", "A &amp; B"),
    ],
)
def test_a_page_says_what_it_would_say_by_calls(environment: Environment, source: str, rendered: str) -> None:
    assert environment.from_string(source).render(given="", text="A & B") == rendered


def test_what_is_constant_is_not_called_again(environment: Environment) -> None:
    template = environment.from_string('{{ _("Text") }} {{ asset("emblem.svg") }}')
    environment.globals.clear()
    assert template.render() == f"Text {asset('emblem.svg')}"
