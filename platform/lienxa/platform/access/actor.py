"""The person behind a request or a job, with the posts they hold today and the one they act in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from lienxa.platform.errors import Forbidden
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _, fold


@dataclass(frozen=True)
class Lent:
    """How a post comes to somebody who does not hold it: by a delegation of its holder, or in the holder's absence.

    `mark` (KT, TL, TUQ) stands before the post in a signature block; empty: a substitution, which signs nothing.
    `withheld` are the bodies that the post does not reach: what its holder takes part in there stays theirs alone.
    """

    by: UUID
    by_name: str
    by_title: str
    mark: str
    ends_on: date
    withheld: frozenset[UUID] = frozenset()

    @property
    def title(self) -> str:
        """The post as the one who acts in it bears it: `TUQ. Chủ tịch UBND`, `Văn thư (thay Trần Thị Mai)`."""
        if self.mark:
            return f"{self.mark}. {self.by_title}"
        return _("{title} (thay {name})", title=self.by_title, name=self.by_name)

    def told(self, own_title: str) -> str:
        """Who acts and for whom, as the trail says it beside every act."""
        words = (
            _("{own}, được ủy quyền bởi {name} ({title})")
            if self.mark
            else _("{own}, được phân công thay {name} ({title})")
        )
        return words.format(own=own_title, name=self.by_name, title=self.by_title)


@dataclass(frozen=True)
class HeldPost:
    """A post held today. `body_ids` are the bodies whose books its role reaches.

    `led` are the people of the unit whose head the post is; empty for all other posts. One that is `lent` is another's
    post with the rights that were given along; its `id` is then the delegation's.
    `signing_title` is said of this holder alone (`Quyền Chủ tịch`); empty: they sign with the post's title.
    """

    id: UUID
    title: str
    role: str
    unit_id: UUID
    unit_name: str
    body_ids: frozenset[UUID]
    permissions: frozenset[str]
    led: frozenset[UUID] = frozenset()
    lent: Lent | None = None
    signing_title: str = ""

    def has_right_of(self, module: str) -> bool:
        """Whether it carries any right of that module."""
        return any(right.startswith(f"{module}.") for right in self.permissions)

    @property
    def signs_as(self) -> str:
        """How the post is written under the signature of whoever acts in it."""
        return self.signing_title or self.title


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

    @property
    def capacity(self) -> str:
        """As what the person acts, for the trail: their post, and by whose authority if it is not their own."""
        lent = self.acting.lent
        if lent is None:
            return self.acting.title
        return lent.told(next(post.title for post in self.posts if post.lent is None))

    def person(self, module: str) -> UUID:
        """Whose things of that module are the actor's work: their own, or those of the holder of a lent post."""
        lent = self.acting.lent
        return lent.by if lent is not None and self.acting.has_right_of(module) else self.staff_id

    def elsewhere(self, module: str) -> frozenset[UUID]:
        """The bodies whose things of that module wait for another of the person's posts.

        Another post reaches them and the acting one does not. A post without any right of the module takes nothing
        away: who administrates the accounts as well still handles the papers they were given. Nor does one that was
        lent: what waits in it is its holder's.
        """
        if self.acting.lent is not None:
            return self.acting.lent.withheld
        others = (post.body_ids for post in self.posts if post.lent is None and post.has_right_of(module))
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
