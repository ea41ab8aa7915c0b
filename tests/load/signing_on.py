"""Somebody who signs on as a browser does: cookies for each host, redirects, the login form, the page that leads on."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from web import Answer, Browser

_FORM = re.compile(r'<form method="post" action="([^"]+)"')
_LEADS_ON = re.compile(r'http-equiv="refresh" content="0; url=([^"]+)"')
_STEPS = 12


@dataclass
class Newcomer(Browser):
    """A browser without a session. Organs, sign-on host and issuer are one server, so one connection does."""

    _jars: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    async def sign_on(self, path: str, username: str, password: str) -> Answer:
        """From a page of the organ, asked for by a stranger, through the login back to that page."""
        self._jars.clear()
        address, answer = await self._follow(f"http://{self.host}{path}")
        form = _FORM.search(answer.text)
        assert form is not None, answer.text[:300]
        target = urljoin(address, html.unescape(form[1]))
        _address, answer = await self._follow(target, {"username": username, "password": password})
        return answer

    async def _follow(self, address: str, form: Mapping[str, str] | None = None) -> tuple[str, Answer]:
        for _step in range(_STEPS):
            answer = await self._visit(address, form)
            lead = _LEADS_ON.search(answer.text) if answer.status == 200 else None
            onward = answer.headers.get("location") or (html.unescape(lead[1]) if lead else "")
            if not onward:
                return address, answer
            address, form = urljoin(address, onward), None
        raise AssertionError(f"no end of redirects at {address}")

    async def _visit(self, address: str, form: Mapping[str, str] | None) -> Answer:
        parts = urlsplit(address)
        jar = self._jars.setdefault(parts.netloc, {})
        body = urlencode(form).encode() if form is not None else b""
        lines = [f"{'GET' if form is None else 'POST'} {parts.path}?{parts.query} HTTP/1.1", f"host: {parts.netloc}"]
        lines += [f"cookie: {'; '.join(f'{name}={value}' for name, value in jar.items())}"] if jar else []
        if form is not None:
            lines += [f"origin: http://{parts.netloc}", "content-type: application/x-www-form-urlencoded"]
            lines += [f"content-length: {len(body)}"]
        answer = await self._exchange("\r\n".join([*lines, "", ""]).encode() + body)
        for cookie in answer.cookies:
            for name, morsel in SimpleCookie(cookie).items():
                jar[name] = morsel.value
        return answer
