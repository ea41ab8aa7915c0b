"""Rights of this module and the roles that have them to begin with."""

from lienxa.platform.access.grants import GRANT
from lienxa.platform.module import Permission
from lienxa.platform.text import _

PERMISSIONS = (
    Permission(GRANT, _("Cho người khác xem văn bản, cuộc họp, hồ sơ mà mình được xem"), ("leader", "office_head")),
)
