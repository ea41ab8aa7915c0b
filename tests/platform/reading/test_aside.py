"""What a PDF may do to who reads it: its process has limits, and its end is an answer."""

import asyncio
import sys
import zlib

import pytest

from lienxa.platform.errors import InvalidInput
from lienxa.platform.operator.invented import sample_pdf
from lienxa.platform.reading import aside, read_aside

LOCKED = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>endobj\n"
    b"4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>endobj\n"
    b"trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<01><01>]>>\n%%EOF\n"
)


def with_stream(drawing: bytes) -> bytes:
    """A PDF of one page with this drawing, packed."""
    packed = zlib.compress(drawing)
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 5 0 R"
        b"/Resources<</Font<</F 6 0 R>>>>>>endobj\n"
        b"5 0 obj<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n"
        b"6 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%%%EOF\n" % (len(packed), packed)
    )


async def refused(content: bytes) -> str:
    """Why a file is refused, having said at which field and what to do."""
    with pytest.raises(InvalidInput) as refusal:
        await read_aside(content)
    (fault,) = refusal.value.fields
    assert fault.field == "file"
    assert fault.remedy
    return fault.reason


async def test_lines_come_with_their_places() -> None:
    reading = await read_aside(
        with_stream(b"BT /F 12 Tf 60 780 Td (UBND XA MINH TAN) Tj 240 0 Td (CONG HOA) Tj -240 -20 Td (So: 12/QD) Tj ET")
    )
    assert reading.page_count == 1
    (page,) = reading.pages
    assert (page.width, page.height) == (595, 842)
    assert [line.text for line in page.lines] == ["UBND XA MINH TAN", "CONG HOA", "So: 12/QD"]
    left, right, below = page.lines
    assert left.left == pytest.approx(60, abs=2)
    assert right.left == pytest.approx(300, abs=2)
    assert left.top < below.top < 100


async def test_what_is_written_across_the_paper_is_not_read() -> None:
    reading = await read_aside(
        with_stream(b"BT /F 12 Tf 0 1 -1 0 60 100 Tm (ACROSS) Tj 1 0 0 1 60 780 Tm (Along) Tj ET")
    )
    assert [line.text for line in reading.pages[0].lines] == ["Along"]


async def test_the_first_pages_are_read_and_all_are_counted() -> None:
    reading = await read_aside(sample_pdf("Ngân sách"))
    assert len(reading.pages) == min(reading.page_count, aside.MOST_PAGES)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LOCKED, "có mật khẩu"),
        (b"", "hỏng hoặc không phải PDF"),
        (b"%PDF-1.7\n", "hỏng hoặc không phải PDF"),
        (b"%PDF-1.4\n" + bytes(range(256)) * 40, "hỏng hoặc không phải PDF"),
        (b"PK\x03\x04 not a PDF", "hỏng hoặc không phải PDF"),
    ],
    ids=["locked", "empty", "head-alone", "noise", "other"],
)
async def test_what_cannot_be_read_says_why(content: bytes, said: str) -> None:
    assert said in await refused(content)


async def test_a_page_that_asks_for_more_than_it_may_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some kilobytes that unpack to three million things to draw."""
    monkeypatch.setitem(aside._SECONDS, False, 5.0)
    bomb = with_stream(b"BT /F 12 Tf (x) Tj ET " * 3_000_000)
    assert len(bomb) < 300_000
    assert "quá nặng" in await refused(bomb)


async def test_a_file_that_takes_too_long_is_refused_and_its_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(aside._SECONDS, False, 0.0)
    started: list[asyncio.subprocess.Process] = []
    create = asyncio.create_subprocess_exec

    async def noted(*arguments: str, **named: object) -> asyncio.subprocess.Process:
        started.append(await create(*arguments, **named))  # type: ignore[arg-type]
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    assert "quá nặng" in await refused(sample_pdf("Ngân sách"))
    assert [process.returncode is not None for process in started] == [True]


async def test_another_end_of_the_process_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError):
        await read_aside(sample_pdf("Ngân sách"))
