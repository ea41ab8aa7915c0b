"""What is sealed at rest with the application's key (`identity.sealing`), column by column."""

from collections.abc import Sequence

from lienxa.platform.identity.models import SignOnSession, SignOnTicket
from lienxa.platform.module import SealedColumn, all_modules
from lienxa.platform.operator.models import OrganAddition, PasswordRenewal
from lienxa.platform.text import _
from lienxa.platform.webhooks.delivery import SEALED_FOR
from lienxa.platform.webhooks.models import WebhookSubscription

_PLATFORM = (
    SealedColumn(SignOnSession.refresh_token, _("phiên đăng nhập")),
    SealedColumn(SignOnTicket.refresh_token, _("lượt đăng nhập đang dở")),
    SealedColumn(OrganAddition.sealed_password, _("mật khẩu dùng một lần của đơn vị mới")),
    SealedColumn(PasswordRenewal.sealed_password, _("mật khẩu dùng một lần cấp lại")),
    SealedColumn(WebhookSubscription.secret, _("khóa ký của nơi nhận sự kiện"), SEALED_FOR),
    SealedColumn(WebhookSubscription.previous_secret, _("khóa ký trước đó của nơi nhận sự kiện"), SEALED_FOR),
)


def all_sealed() -> Sequence[SealedColumn]:
    """Every sealed column there is, those of the modules among them."""
    return [*_PLATFORM, *(column for module in all_modules() for column in module.sealed)]
