"""Secrets and values stay out of logs and traces."""

import base64
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform.telemetry.redaction import bare_traceback, route_path, safe_error, safe_path, safe_traceback


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/van-ban/den",
        "/lich",
        "/phan-anh-kien-nghi-cua-cong-dan",
        "/static/app.css",
        "/van-ban/den/01900000-0000-7000-8000-0000000000ab",
    ],
)
def test_addresses_of_pages_stay(path: str) -> None:
    assert safe_path(path) == path


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/tra-cuu?ma=LS-2026-000123&bi-mat=7F3K", "/tra-cuu"),
        ("/tra-cuu/LS-2026-000123/7F3K", "/tra-cuu/*"),
        ("/phien/Zx9_qk-2TfLw0aBvR7mYc1Nd", "/phien/*"),
        ("/lich/ics/f12c8ad77d00b21e416cff968f123e0e.ics", "/lich/ics/*"),
        ("/lich/ics/ngan", "/lich/ics/*"),
        ("/tim/Nguyễn-Văn-An", "/tim/*"),
        ("/van-ban/den#so-12", "/van-ban/den"),
    ],
)
def test_queries_codes_and_tokens_go(target: str, kept: str) -> None:
    assert safe_path(target) == kept


@given(st.binary(min_size=16, max_size=48), st.text(alphabet="abc-", min_size=1, max_size=10))
def test_no_128_bit_secret_survives(secret: bytes, word: str) -> None:
    for spelled in (secret.hex(), base64.urlsafe_b64encode(secret).decode()):
        assert spelled not in safe_path(f"/{word}/{spelled}/{word}?{spelled}")


def test_the_database_quotes_no_values_in_the_log() -> None:
    logged = safe_error(
        "IntegrityError: duplicate key value violates unique constraint\n"
        "DETAIL:  Key (full_name)=(Nguyễn Thị Minh Hoạ) already exists.\n"
        "[SQL: insert into app.staff (full_name) values ($1)]\n"
        "[parameters: ('Nguyễn Thị Minh Hoạ',)]\n"
        "DataError: invalid input for query argument $1: 'Nguyễn Thị Minh Hoạ' (expected str)\n"
        'invalid input syntax for type uuid: "Nguyễn Thị Minh Hoạ"'
    )
    assert "Hoạ" not in logged
    assert "duplicate key" in logged
    assert "insert into" in logged


def test_a_traceback_in_the_queue_is_places_and_types() -> None:
    try:
        try:
            raise LookupError("Nguyễn Thị Minh Hoạ\nxã Lam Sơn")
        except LookupError as error:
            raise ValueError("012345678901") from error
    except ValueError:
        kept = bare_traceback(traceback.format_exc())

    assert kept.splitlines()[-1] == "ValueError"
    assert "LookupError" in kept.splitlines()
    assert "test_redaction.py" in kept
    for value in ("Hoạ", "Lam Sơn", "012345678901", "raise"):
        assert value not in kept


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            'asyncpg.exceptions.UniqueViolationError: duplicate key value violates unique constraint "staff_key"\n'
            "DETAIL:  Key (full_name)=(Hoạ) already exists.",
            'asyncpg.exceptions.UniqueViolationError: duplicate key value violates unique constraint "staff_key"',
        ),
        (
            "sqlalchemy.exc.IntegrityError: (a.b.IntegrityError) <class 'asyncpg.exceptions.CheckViolationError'>: new "
            'row for relation "document" violates check constraint "abstract_check"\nDETAIL:  Failing row (a,\nHoạ\n)',
            "sqlalchemy.exc.IntegrityError: (a.b.IntegrityError) <class 'asyncpg.exceptions.CheckViolationError'>: new "
            'row for relation "document" violates check constraint "abstract_check"',
        ),
        (
            'asyncpg.exceptions.DatetimeFieldOverflowError: date/time field value out of range: "Hoạ 1/1"',
            "asyncpg.exceptions.DatetimeFieldOverflowError: date/time field value out of range: *",
        ),
        (
            'asyncpg.exceptions.PostgresSyntaxError: syntax error in tsquery: "hoạ" "hoạ',
            "asyncpg.exceptions.PostgresSyntaxError: syntax error in tsquery: *",
        ),
        (
            "psycopg.errors.SyntaxError: syntax error at or near 'hoa\n'hoa",
            "psycopg.errors.SyntaxError: syntax error at or near *",
        ),
        ("ValueError: invalid literal for int() with base 10: 'Hoạ'", "ValueError"),
        ("ValueError: Họ và tên:\nhoa\n\nHoạ: Hoạ", "ValueError"),
    ],
)
def test_a_traceback_in_the_log_keeps_what_the_database_refused_and_no_value(said: str, kept: str) -> None:
    place = '  File "/x/y.py", line 3, in act'
    chained = "\n\nDuring handling of the above exception, another exception occurred:\n\n"
    one = f"Traceback (most recent call last):\n{place}\n    name = 'Hoạ'\n{said}\n"
    expected = f"Traceback (most recent call last):\n{place}\n{kept}"
    assert safe_traceback(one + chained + one) == f"{expected}\n{expected}"
    assert safe_traceback(said) == kept, "an exception that was never raised"


@pytest.mark.parametrize(
    ("path", "route", "kept"),
    [
        ("/", "/", "/"),
        ("/van-ban/den", "/van-ban/den", "/van-ban/den"),
        (
            "/van-ban/01900000-0000-7000-8000-0000000000ab/sua",
            "/van-ban/{document_id}/sua",
            "/van-ban/01900000-0000-7000-8000-0000000000ab/sua",
        ),
        ("/tra-cuu/LS-2026-1/7F3K", "/tra-cuu/{code:str}/{secret:str}", "/tra-cuu/*/*"),
        ("/static/a/nguyen-thi-hoa.css", "/static/{path:path}", "/static/*"),
        ("/nguyen-thi-hoa/0912345678", "", "/*"),
    ],
)
def test_of_a_path_telemetry_keeps_what_the_route_knows(path: str, route: str, kept: str) -> None:
    assert route_path(path, route) == kept
