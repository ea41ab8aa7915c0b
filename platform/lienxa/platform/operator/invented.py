"""Names of invented people and a paper of theirs.

Given names and middle names are those that go together; none is a known person's.
"""

from functools import cache
from random import Random

from lienxa.platform.text import fold

_FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương")
_WOMEN = (
    ("Thị", "Ngọc", "Thu", "Hồng"),
    ("An", "Châu", "Dung", "Giang", "Hạnh", "Lan", "Mai", "Nga", "Oanh", "Quyên", "Tâm", "Thảo", "Yến"),
)
_MEN = (
    ("Văn", "Đức", "Quang", "Hữu", "Đình", "Xuân", "Minh"),
    ("Dũng", "Hiếu", "Hòa", "Khánh", "Kiên", "Long", "Lộc", "Nam", "Sơn", "Trung", "Tuấn", "Tùng", "Vinh", "Đạt"),
)
_SAME_FAMILY_NAME = 2


def names(chance: Random, count: int) -> list[str]:
    """That many names (at most 26), each with its own given name and no family name more than twice."""
    families = chance.sample(_FAMILY * _SAME_FAMILY_NAME, count)
    given = chance.sample([(middle, name) for middle, given in (_WOMEN, _MEN) for name in given], count)
    return [f"{family} {chance.choice(middle)} {name}" for family, (middle, name) in zip(families, given, strict=True)]


@cache
def sample_pdf(title: str) -> bytes:
    """A one-page PDF that says `title` without diacritics: the built-in fonts of PDF have no Vietnamese letters."""
    words = fold(title).replace("\\", "").replace("(", "").replace(")", "")
    drawing = f"BT /F1 14 Tf 60 780 Td ({words[:70]}) Tj 0 -24 Td (Ban minh hoa) Tj ET".encode("ascii", "replace")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
    )
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(body))
    )
