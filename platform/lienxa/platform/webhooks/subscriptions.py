"""What an organ's administrator does with the systems that are told. Who may is checked by the caller's page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit import repository as trail
from lienxa.platform.db.session import TenantSession
from lienxa.platform.errors import Conflict, FieldError, InvalidInput
from lienxa.platform.identity import sealing
from lienxa.platform.networks import read_allowed
from lienxa.platform.settings import get_settings
from lienxa.platform.text import _
from lienxa.platform.webhooks import delivery, repository, signing
from lienxa.platform.webhooks.events import API, TEST, event_types
from lienxa.platform.webhooks.models import BY_HAND, WebhookSubscription
from lienxa.platform.webhooks.targets import check_written, host_of

BOTH_SIGN_FOR = timedelta(hours=24)
MOST = 20


@dataclass(frozen=True)
class Wish:
    """What a subscription is to be: its name and address, the types of events and the bodies of which it is told."""

    name: str
    address: str
    event_types: Collection[str]
    body_ids: Collection[UUID]


@dataclass(frozen=True)
class Issued:
    """A new secret. It is shown now and never again."""

    subscription_id: UUID
    secret: str


async def add(session: TenantSession, actor: Actor, wish: Wish) -> Issued:
    """Begin to tell another system."""
    await _check(session, wish)
    if len(await repository.subscriptions(session)) >= MOST:
        raise Conflict(
            _("Đơn vị đã có {count} nơi nhận sự kiện.", count=MOST), remedy=_("Xóa nơi nhận không còn dùng trước.")
        )
    secret = signing.new_secret()
    subscription = WebhookSubscription(
        id=ids.new_id(),
        name=wish.name,
        address=wish.address,
        secret=_sealed(secret),
        created_by=actor.staff_id,
        created_at=clock.now(),
    )
    session.add(subscription)
    await session.flush()
    await repository.replace_scopes(session, subscription.id, wish.event_types, wish.body_ids)
    _record(session, actor, "add_receiver", subscription.id, _said(_("Thêm nơi nhận"), wish))
    return Issued(subscription.id, secret)


async def change(session: TenantSession, actor: Actor, subscription_id: UUID, wish: Wish) -> None:
    """Change what it is told of, or where."""
    subscription = await session.find(WebhookSubscription, subscription_id, lock=True)
    await _check(session, wish)
    subscription.name, subscription.address = wish.name, wish.address
    await repository.replace_scopes(session, subscription_id, wish.event_types, wish.body_ids)
    _record(session, actor, "change_receiver", subscription_id, _said(_("Sửa nơi nhận"), wish))


async def pause(session: TenantSession, actor: Actor, subscription_id: UUID) -> None:
    """Send it nothing and record nothing for it until somebody resumes; what waits goes on waiting."""
    subscription = await session.find(WebhookSubscription, subscription_id, lock=True)
    if subscription.paused_at is not None:
        raise Conflict(_("Nơi nhận này đang tạm dừng."), remedy=_("Mở lại trang để xem hiện trạng."))
    subscription.paused_at, subscription.paused_reason = clock.now(), BY_HAND
    await repository.note_lag(session, subscription_id, None)
    _record(session, actor, "pause_receiver", subscription_id, _("Tạm dừng gửi sự kiện."))


async def resume(session: TenantSession, actor: Actor, subscription_id: UUID) -> None:
    """Go on, at first with what still waits."""
    subscription = await session.find(WebhookSubscription, subscription_id, lock=True)
    if subscription.paused_at is None:
        raise Conflict(_("Nơi nhận này không tạm dừng."), remedy=_("Mở lại trang để xem hiện trạng."))
    subscription.paused_at, subscription.paused_reason, subscription.failing_since = None, "", None
    await session.flush()
    await delivery.send_anew(session, await repository.waiting(session, subscription_id))
    _record(session, actor, "resume_receiver", subscription_id, _("Gửi tiếp sự kiện."))


async def switch_off(session: TenantSession) -> int:
    """After a restore: send nobody anything until somebody resumes; how many receivers that paused.

    An archive does not know who was removed after it was written, nor what arrived: what was on its way is given up,
    and can be sent again by hand.
    """
    return await repository.switch_off(session)


async def rotate(session: TenantSession, actor: Actor, subscription_id: UUID) -> Issued:
    """A new secret; the one before signs beside it for 24 hours, so that the receiver can change over in peace."""
    subscription = await session.find(WebhookSubscription, subscription_id, lock=True)
    secret = signing.new_secret()
    subscription.previous_secret, subscription.previous_until = subscription.secret, clock.now() + BOTH_SIGN_FOR
    subscription.secret = _sealed(secret)
    _record(session, actor, "rotate_receiver", subscription_id, _("Cấp khóa ký mới."))
    return Issued(subscription_id, secret)


async def remove(session: TenantSession, actor: Actor, subscription_id: UUID) -> None:
    """Tell it nothing any more, and forget its log; the trail keeps that it was there."""
    subscription = await session.find(WebhookSubscription, subscription_id, lock=True)
    text = _("Xóa nơi nhận sự kiện “{name}”.", name=subscription.name)
    await repository.note_lag(session, subscription_id, None)
    await repository.remove(session, subscription_id)
    session.expunge(subscription)
    _record(session, actor, "remove_receiver", subscription_id, text)


async def test(session: TenantSession, actor: Actor, subscription_id: UUID) -> UUID:
    """Send it a test event, whatever it asks for; the id of the delivery."""
    subscription = await session.find(WebhookSubscription, subscription_id, lock=True)
    _require_running(subscription)
    event = await repository.add_event(session, TEST, subscription_id, API)
    (delivery_id,) = await repository.add_deliveries(session, [(subscription_id, event.id)])
    await delivery.begin(session, [delivery_id])
    _record(session, actor, "test_receiver", subscription_id, _("Gửi sự kiện thử."))
    return delivery_id


async def redeliver(session: TenantSession, actor: Actor, subscription_id: UUID, delivery_id: UUID) -> None:
    """Send an event once more, now, with the same id; its attempts begin anew."""
    subscription = await session.find(WebhookSubscription, subscription_id, lock=True)
    _require_running(subscription)
    found, _event = await repository.delivery(session, subscription_id, delivery_id)
    await session.refresh(found, with_for_update=True)
    await delivery.send_anew(session, [found])
    _record(session, actor, "redeliver", subscription_id, _("Gửi lại một sự kiện."))


def _require_running(subscription: WebhookSubscription) -> None:
    if subscription.paused_at is not None:
        raise Conflict(_("Nơi nhận này đang tạm dừng."), remedy=_("Bấm “Gửi tiếp” trước."))


async def _check(session: TenantSession, wish: Wish) -> None:
    faults = []
    if not wish.name:
        faults.append(FieldError("name", _("Chưa nhập tên."), _("Nhập tên phần mềm nhận.")))
    try:
        check_written(wish.address, read_allowed(get_settings().webhook_allow))
    except InvalidInput as refusal:
        faults += refusal.fields
    if not wish.event_types or set(wish.event_types) - event_types().keys():
        faults.append(FieldError("event_types", _("Chưa chọn sự kiện."), _("Chọn ít nhất một sự kiện.")))
    known = {body.id for body in await people.bodies(session)}
    if not wish.body_ids or set(wish.body_ids) - known:
        faults.append(FieldError("body_ids", _("Chưa chọn cơ quan."), _("Chọn ít nhất một cơ quan.")))
    if faults:
        raise InvalidInput(faults)


def _sealed(secret: str) -> bytes:
    return sealing.seal(get_settings(), secret, purpose=delivery.SEALED_FOR)


def _said(verb: str, wish: Wish) -> str:
    """Of the address the host alone: the rest may hold a token of the receiver's."""
    titles = {name: declared.title for name, declared in event_types().items()}
    return _(
        "{verb} “{name}” ({host}): {types}.",
        verb=verb,
        name=wish.name,
        host=host_of(urlsplit(wish.address)),
        types="; ".join(title for name, title in titles.items() if name in wish.event_types),
    )


def _record(session: TenantSession, actor: Actor, verb: str, subscription_id: UUID, text: str) -> None:
    trail.record(session, actor, f"office.{verb}", "webhook_subscription", subscription_id, {"text": text})
