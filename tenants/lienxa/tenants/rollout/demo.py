"""The rollout as the articles tell it. They give no dates, so none are stored."""

from lienxa.platform.module import DemoContext
from lienxa.tenants.rollout import operations
from lienxa.tenants.rollout.schemas import RecordProgress

_STATE_IN_ARTICLE = {"merged": "merged", "staff moved": "staff_moved", "planned": "planned"}
_ANSWER = {"yes": True, "no": False, "": None}
_SCHEMES = {"do-luong": "07-ĐA/HU"}
# What the articles say of each, and no more.
_NOTES = {
    "lam-son": "Xã đầu tiên của huyện hợp nhất văn phòng.",
    "giang-son-tay": "Văn bản vào một đầu mối, Tổ trưởng Văn phòng phân phối.",
    "minh-son": "Mới nêu việc chuyển cán bộ.",
    "thi-tran-do-luong": "Mới nêu việc chuyển cán bộ.",
    "van-son": "Được nêu là xã tiếp theo, chưa có mốc thời gian.",
    "hoa-son": "Được nêu là xã tiếp theo, chưa có mốc thời gian.",
    "dai-son": "Được nêu là xã tiếp theo, chưa có mốc thời gian.",
    "phuoc-nam": "Văn phòng chung từ tháng 8/2018.",
}


async def demo(context: DemoContext) -> None:
    """Record the state of every organ below this parent."""
    if not context.organ.is_parent:
        return
    async with context.transaction() as session:
        actor = await context.person(session, "administrator")
        if context.organ.slug in _SCHEMES:
            await operations.adopt_scheme(session, actor, _SCHEMES[context.organ.slug])
        for row in context.rows:
            if row["parent"] != context.organ.slug or row["slug"] not in context.organ_ids:
                continue
            moved = row["civil_servants_moved"]
            command = RecordProgress(
                wave=row["wave"],
                state=_STATE_IN_ARTICLE[row["state_in_article"]],
                civil_servants_moved=int(moved) if moved else None,
                concurrent_inspection_deputy=_ANSWER[row["concurrent_inspection_deputy"]],
                changed_on=None,
                note=_NOTES.get(row["slug"], ""),
            )
            await operations.record_progress(session, actor, context.organ_ids[row["slug"]], command)
