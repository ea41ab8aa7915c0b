"""Names of invented people. Given names and middle names are those that go together; none is a known person's."""

from random import Random

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
