"""What a page can do, a call can do as well: every form has its operation, or a reason why not."""

from collections.abc import Iterable, Iterator, Mapping

import pytest
from litestar import Litestar, Router
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from lienxa.platform.app import all_routes
from lienxa.platform.identity.addresses import OPERATOR_PATH
from lienxa.platform.module import Module, all_modules
from lienxa.platform.rest import document

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
# The operation of a page's form, where it is not called as the form is.
OPERATIONS: Mapping[str, str] = {
    "/lich/moi": "AskForMeeting",
    "/lich/phat-hanh": "PublishWeekOfMeetings",
    "/lich/phong/di-chuyen": "ChangeTravelTime",
    "/lich/phong/ngung/{closure_id}/mo-lai": "PutRoomIntoService",
    "/lich/phong/quan-ly": "CreateRoom",
    "/lich/phong/{room_id}/ngung": "TakeRoomOutOfService",
    "/lich/phong/{room_id}/sua": "RenameRoom",
    "/lich/dien-thoai/{feed_id}/bo": "DeleteFeed",
    "/quan-tri/lich-dien-thoai/{feed_id}/bo": "DeleteFeed",
    "/lich/{meeting_id}/chuyen": "RescheduleMeeting",
    "/lich/{meeting_id}/da-hop": "RecordMeeting",
    "/lich/{meeting_id}/dat-lich": "ApproveMeeting",
    "/lich/{meeting_id}/huy": "CallOffMeeting",
    "/lich/{meeting_id}/sua": "ChangeMeeting",
    "/lich/{meeting_id}/tra-lai": "AskToChangeMeeting",
    "/lich/{meeting_id}/tu-choi": "TurnDownMeeting",
    "/ho-so/{case_id}/ket-thuc": "StopCase",  # and RefuseCase, WithdrawCase: the form has one of three ends
    "/ho-so/{case_id}/tra-lai": "ReturnDraftResult",
    "/quan-tri/can-bo/da-co-tai-khoan": "Invite",
    "/quan-tri/can-bo/da-co-tai-khoan/{invitation_id}/rut-lai": "WithdrawInvitation",
    "/ban-giao/moi": "HandOverWork",
    "/quan-tri/can-bo/{staff_id}": "RenamePerson",
    "/quan-tri/can-bo/{staff_id}/nghi": "LetPersonLeave",
    "/quan-tri/can-bo/{staff_id}/tam-ngung": "SuspendPerson",
    "/quan-tri/can-bo/{staff_id}/tro-lai": "ReadmitPerson",
    # The books are set up at pages of the office, and belong to documents.
    "/quan-tri/so-van-ban/dai-hoi": "OpenCongress",
    "/quan-tri/so-van-ban/dai-hoi/bo": "DropCongress",
    "/quan-tri/so-van-ban/nhiem-ky/bo": "DropTerm",
    "/quan-tri/so-van-ban/dat-so": "SetOpeningNumber",
    "/quan-tri/so-van-ban/nhiem-ky": "CloseTerm",
    "/quan-tri/so-van-ban/so-den": "KeepCommonBook",
    "/quan-tri/so-van-ban/{body_id}/chia-so": "ShareSeries",
    "/quan-tri/so-van-ban/{body_id}/tiep-nhan": "ChangeIntake",
}
_SECRET = "gives a secret that is shown once and kept nowhere, not even in the answer of a key"
_LETS_IN = "who lets programs in is a person at a page: a program that could would outlive its own token"
_TELLS_OTHERS = "where the events of an organ go is for a person to decide, who sees at once whether they arrive"
_LOOKED_AT = "a person looks at what was found in a file before it is written; a program registers paper by paper"
_OWN_DECISION = "how an organ comes to work here is decided by people who look at the list, not by their programs"
_PAPER_AT_HAND = "whoever compares has the paper registers before them, and signs the sheet"
_SESSION = "is about the session of a browser, which a program with a token has none of"
_CONSENT = "an invitation is answered by the person at its page: a program that could would agree in their name"
_ISSUER = "belongs to the protocol of sign-on, not to the API of an organ"
_HELD_AGAINST = "a person holds the trail against what is in their mailbox, which no program of the organ has"
# Forms that stay forms.
EXEMPT: Mapping[str, str] = {
    "/dang-xuat": _SESSION,
    "/dang-xuat/kenh-sau": _ISSUER,
    "/loi-moi/dong-y": _CONSENT,
    "/loi-moi/tu-choi": _CONSENT,
    "/chuc-vu": _SESSION,
    "/phien/may-dung-chung": _SESSION,
    "/phien/dang-xuat-tat-ca": _SESSION,
    "/realms/lienxa/protocol/openid-connect/token": _ISSUER,
    "/realms/lienxa/protocol/openid-connect/logout": _ISSUER,
    "/realms/lienxa/login-actions/authenticate": _ISSUER,
    "/realms/lienxa/login-actions/update-password": _ISSUER,
    "/quan-tri/can-bo/{staff_id}/mat-khau": _SECRET,
    "/quan-tri/ket-noi/moi": _SECRET,
    "/quan-tri/ket-noi/{account_id}/ma-moi": _SECRET,
    "/quan-tri/ket-noi/{account_id}/dung-lai": _LETS_IN,
    "/quan-tri/ket-noi/{account_id}/tam-dung": _LETS_IN,
    "/quan-tri/ket-noi/{account_id}/thu-hoi": _LETS_IN,
    "/quan-tri/nhat-ky/dau-niem": _HELD_AGAINST,
    "/quan-tri/nhat-ky/dau-niem/noi-nhan": _HELD_AGAINST,
    "/quan-tri/noi-nhan/moi": _SECRET,
    "/quan-tri/noi-nhan/{receiver_id}/khoa-moi": _SECRET,
    "/quan-tri/noi-nhan/{receiver_id}/sua": _TELLS_OTHERS,
    "/quan-tri/noi-nhan/{receiver_id}/thu": _TELLS_OTHERS,
    "/quan-tri/noi-nhan/{receiver_id}/tam-dung": _TELLS_OTHERS,
    "/quan-tri/noi-nhan/{receiver_id}/gui-tiep": _TELLS_OTHERS,
    "/quan-tri/noi-nhan/{receiver_id}/xoa": _TELLS_OTHERS,
    "/quan-tri/noi-nhan/{receiver_id}/lan-gui/{delivery_id}/gui-lai": _TELLS_OTHERS,
    "/quan-tri/nhap-du-lieu/{import_kind}": _LOOKED_AT,
    "/quan-tri/nhap-du-lieu/tep/{run_id}": _LOOKED_AT,
    "/quan-tri/nhap-du-lieu/phieu": _SECRET,
    "/quan-tri/san-sang/giai-doan": _OWN_DECISION,
    "/quan-tri/san-sang/muc/{item}/xac-nhan": _OWN_DECISION,
    "/quan-tri/san-sang/muc/{item}/rut-lai": _OWN_DECISION,
    "/van-ban/so/doi-chieu/moi": _PAPER_AT_HAND,
    "/van-ban/den/doc": _LOOKED_AT,
    "/van-ban/den/cho-vao-so/{paper_id}": _LOOKED_AT,
    "/van-ban/den/cho-vao-so/{paper_id}/bo": _LOOKED_AT,
}


def forms(routes: Iterable[ControllerRouterHandler]) -> Iterator[tuple[str, str]]:
    """Path and operation id of each form behind these routes; the API itself and what operators have are none."""
    for route in Router("/", route_handlers=list(routes)).routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if handler.http_methods & UNSAFE and not route.path_format.startswith(("/api/", OPERATOR_PATH)):
                yield route.path_format, str(handler.operation_id)


@pytest.fixture(scope="module")
def offered() -> dict[str, str]:
    """The module of each operation of the document."""
    found = document.operations(document.document())
    return {operation["operationId"]: operation["tags"][0] for _path, _method, operation in found}


@pytest.mark.parametrize("module", all_modules(), ids=lambda module: module.name)
def test_every_form_has_its_operation(module: Module, offered: Mapping[str, str]) -> None:
    missing = [
        f"{path} ({form})"
        for path, form in forms(module.routes)
        if path not in EXEMPT and path not in OPERATIONS and offered.get(form) != module.name
    ]
    assert missing == [], "bring the operation in rest.py, or say in OPERATIONS how it is called, in EXEMPT why not"


def test_every_form_of_the_platform_has_its_operation(app: Litestar, offered: Mapping[str, str]) -> None:
    """Those that no module brings: posts, sessions, notices."""
    missing = [
        f"{path} ({form})"
        for path, form in forms(all_routes(app.state.settings))
        if path not in EXEMPT and path not in OPERATIONS and form not in offered
    ]
    assert missing == []


def test_the_tables_name_forms_and_operations_that_there_are(app: Litestar, offered: Mapping[str, str]) -> None:
    there = {path for path, _form in forms(all_routes(app.state.settings))}
    assert (OPERATIONS.keys() | EXEMPT.keys()) - there == set()
    assert set(OPERATIONS.values()) - offered.keys() == set()
    assert OPERATIONS.keys() & EXEMPT.keys() == set()
