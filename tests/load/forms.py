"""Filling in a page's form as a person does: what stands in it, what is chosen and what is typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form of a page: where it goes, and its fields as they would be sent untouched."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    options: dict[str, list[str]] = field(default_factory=dict)

    def filled(self, typed: Mapping[str, str]) -> dict[str, str]:
        """What is sent when `typed` is entered; a name that the form does not have is a mistake."""
        unknown = typed.keys() - self.fields.keys()
        if unknown:
            raise LookupError(f"{self.action} has no {sorted(unknown)}, but {sorted(self.fields)}")
        return {**self.fields, **typed}

    def choice(self, name: str) -> str:
        """The first choice that a select offers."""
        return next(value for value in self.options[name] if value)


def form_to(page: str, action: str) -> Form:
    """The form of a page that is sent to `action`."""
    parser = _Forms(action)
    parser.feed(page)
    for form in parser.forms:
        if form.action == action:
            return form
    raise LookupError(f"no form to {action}: {[form.action for form in parser.forms]}")


class _Forms(HTMLParser):
    """Collects the forms that send by POST."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._here = here
        self._form: Form | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "get").lower() == "post":
            self._form = Form(given.get("action") or self._here)
            self.forms.append(self._form)
        if self._form is None:
            return
        name = given.get("name", "")
        match tag:
            case "input" if name and given.get("type") != "file":
                if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                    self._form.fields[name] = given.get("value", "")
            case "textarea" if name:
                self._area = name
                self._form.fields[name] = ""
            case "select" if name:
                self._select = name
                self._form.fields[name] = ""
                self._form.options[name] = []
            case "option" if self._select:
                self._form.options[self._select].append(given.get("value", ""))
                if "selected" in given:
                    self._form.fields[self._select] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "form":
                self._form = None
            case "select":
                self._select = ""
            case "textarea":
                self._area = ""
