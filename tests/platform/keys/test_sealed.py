"""No sealed column is forgotten when keys are replaced."""

from sqlalchemy import LargeBinary

import lienxa.platform.app  # noqa: F401 -- with it every model is known
from lienxa.platform.db.base import metadata
from lienxa.platform.keys.sealed import all_sealed

# Bytes that are not sealed with the application's key, and what they are.
_NOT_SEALED = {
    "addition_batch.content": "a spreadsheet",
    "api_request.body": "an answer",
    "api_request.fingerprint": "a hash",
    "audit_seal.mac": "a seal of the trail; old audit keys stay known",
    "calendar_feed.secret_hash": "a hash",
    "erasure.certificate": "a document",
    "erasure.head_mac": "a seal of the trail",
    "operator_seal.mac": "a seal of the trail; old audit keys stay known",
    "service_account.token_hash": "a hash",
    "session.secret_hash": "a hash",
    "sso_state.binding_hash": "a hash",
    "sso_state.state_hash": "a hash",
    "sso_ticket.binding_hash": "a hash",
    "sso_ticket.ticket_hash": "a hash",
}


def test_every_column_of_bytes_is_sealed_anew_or_known_not_to_be_sealed() -> None:
    columns = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    sealed = {f"{one.column.class_.__tablename__}.{one.column.key}" for one in all_sealed()}
    assert sealed & _NOT_SEALED.keys() == set()
    assert columns == sealed | _NOT_SEALED.keys()
