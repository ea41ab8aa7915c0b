"""The person behind a request or a job, with the posts they hold today and the one they act in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from lienxa.platform.errors import Forbidden
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _, fold


@dataclass(frozen=True)
class HeldPost:
    """A post held today. `body_ids` are the bodies whose books its role reaches.

    `led` are the people of the unit whose head the post is; empty for all other posts.
    """

    id: UUID
    title: str
    role: str
    unit_id: UUID
    unit_name: str
    body_ids: frozenset[UUID]
    permissions: frozenset[str]
    led: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Face:
    """How the organ wants to be named and shown; empty: as the service has it."""

    title: str = ""
    office_name: str = ""
    emblem_id: UUID | None = None


@dataclass(frozen=True)
class Actor:
    """A member of an organ, acting in one of their posts. Rights are those of the acting post alone."""

    organ: Organ
    account_id: UUID
    staff_id: UUID
    name: str
    acting: HeldPost
    posts: tuple[HeldPost, ...]
    face: Face = Face()

    def may(self, permission: str) -> bool:
        """Whether the acting post carries the permission."""
        return permission in self.acting.permissions

    def elsewhere(self, module: str) -> frozenset[UUID]:
        """The bodies whose things of that module wait for another of the person's posts.

        Another post reaches them and the acting one does not. A post without any right of the module takes nothing
        away: who administrates the accounts as well still handles the papers they were given.
        """
        others = (
            post.body_ids for post in self.posts if any(right.startswith(f"{module}.") for right in post.permissions)
        )
        return frozenset().union(*others) - self.acting.body_ids

    def require(self, permission: str) -> None:
        """Raise `Forbidden` unless the acting post carries the permission."""
        if not self.may(permission):
            raise Forbidden(
                _("Chức vụ “{title}” không được làm việc này.", title=self.acting.title),
                remedy=_("Đổi sang chức vụ khác hoặc nhờ Tổ trưởng Văn phòng."),
            )

    def acting_in(self, post_id: UUID) -> "Actor":
        """The same person acting in another post they hold."""
        chosen = [post for post in self.posts if post.id == post_id]
        if not chosen:
            raise Forbidden(_("Đồng chí không giữ chức vụ này."), remedy=_("Chọn một chức vụ trong danh sách."))
        return replace(self, acting=chosen[0])


def archivist(organ: Organ, body_ids: Iterable[UUID], permissions: Iterable[str], face: Face) -> Actor:
    """The service itself where it reads a whole organ, as for its archive: no person, and in no list of people."""
    acting = HeldPost(
        id=organ.id,
        title=_("Hệ thống"),
        role="service",
        unit_id=organ.id,
        unit_name="",
        body_ids=frozenset(body_ids),
        permissions=frozenset(permissions),
    )
    return Actor(organ, organ.id, organ.id, _("Hệ thống"), acting, (acting,), face)


def vietnamese_sort_key(full_name: str) -> str:
    """Key by given name first, as Vietnamese lists sort: `Nguyễn Văn An` -> `an nguyen van`."""
    words = fold(full_name).split()
    return " ".join(words[-1:] + words[:-1])
