"""Every act that the trail knows, in the words of the office: what its search offers and tells.

A test walks the source for the names of acts; one without a sentence here is found.
"""

from collections.abc import Mapping
from typing import Any

from lienxa.platform.text import _

ACTS: Mapping[str, str] = {
    # documents
    "documents.register": _("Vào sổ văn bản đến"),
    "documents.correct": _("Sửa dữ liệu văn bản đã vào sổ"),
    "documents.propose": _("Đề xuất xử lý văn bản đến"),
    "documents.route": _("Chuyển thẳng văn bản đến theo quy chế"),
    "documents.direct": _("Cho ý kiến chỉ đạo văn bản đến"),
    "documents.hand_over": _("Chuyển giao bản giấy"),
    "documents.acknowledge": _("Ký nhận văn bản"),
    "documents.answer": _("Soạn văn bản trả lời"),
    "documents.settle": _("Ghi nhận đã trả lời văn bản đến"),
    "documents.complete": _("Kết thúc xử lý văn bản đến"),
    "documents.draft": _("Lập dự thảo"),
    "documents.revise": _("Sửa dự thảo"),
    "documents.attach": _("Thêm tệp vào văn bản"),
    "documents.attach_signed": _("Thêm bản đã ký, đóng dấu"),
    "documents.detach": _("Bỏ tệp khỏi văn bản"),
    "documents.submit": _("Trình dự thảo"),
    "documents.withdraw": _("Rút dự thảo về sửa"),
    "documents.discard": _("Bỏ dự thảo"),
    "documents.answer_discarded": _("Ghi nhận dự thảo trả lời đã bỏ"),
    "documents.answer_struck": _("Ghi nhận văn bản trả lời đã gạch sổ"),
    "documents.check_content": _("Kiểm tra nội dung dự thảo"),
    "documents.check_form": _("Kiểm tra thể thức dự thảo"),
    "documents.return": _("Trả lại dự thảo"),
    "documents.return_signed": _("Trả lại văn bản đã ký"),
    "documents.sign": _("Ký duyệt văn bản"),
    "documents.give_number": _("Cấp số văn bản đi"),
    "documents.issue": _("Phát hành văn bản"),
    "documents.note": _("Ghi sổ số bản, nơi lưu"),
    "documents.strike": _("Gạch số vào sổ nhầm"),
    "documents.enter_signed": _("Vào sổ kết quả hồ sơ một cửa"),
    "documents.set_opening_number": _("Đặt số tiếp theo của sổ"),
    "documents.keep_book": _("Đổi sổ đến chung hay riêng"),
    "documents.share_series": _("Đổi cách chia sổ văn bản"),
    "documents.require_proposal": _("Đổi bước đề xuất văn bản đến"),
    "documents.route_directly": _("Đổi loại văn bản chuyển thẳng"),
    "documents.open_congress": _("Khai đại hội"),
    "documents.close_term": _("Khai nhiệm kỳ mới"),
    "documents.close_book": _("Khóa sổ văn bản"),
    "documents.compare_books": _("Đối chiếu sổ giấy với phần mềm"),
    "documents.take_over_books": _("Nhận số của sổ giấy khi chuyển sang chính thức"),
    "imports.confirm": _("Cho nhập tệp dữ liệu"),
    "imports.write": _("Nhập dữ liệu từ tệp"),
    "documents.give": _("Bàn giao văn bản cho người khác"),
    # meetings
    "meetings.propose": _("Đề xuất cuộc họp"),
    "meetings.book": _("Xếp lịch họp"),
    "meetings.send_back": _("Đề nghị sửa đề xuất họp"),
    "meetings.refuse": _("Không chấp nhận đề xuất họp"),
    "meetings.revise": _("Sửa cuộc họp"),
    "meetings.move": _("Chuyển lịch họp"),
    "meetings.cancel": _("Hủy cuộc họp"),
    "meetings.hold": _("Ghi nhận cuộc họp đã diễn ra"),
    "meetings.publish": _("Phát hành lịch công tác tuần"),
    "meetings.add_room": _("Thêm phòng họp"),
    "meetings.change_room": _("Sửa phòng họp"),
    "meetings.close_room": _("Tạm ngừng phòng họp"),
    "meetings.reopen_room": _("Dùng lại phòng họp"),
    "meetings.set_travel": _("Đặt thời gian di chuyển giữa các phòng"),
    "meetings.open_feed": _("Lấy địa chỉ lịch trên điện thoại"),
    "meetings.replace_feed": _("Thay địa chỉ lịch trên điện thoại"),
    "meetings.close_feed": _("Bỏ địa chỉ lịch trên điện thoại"),
    "meetings.give": _("Bàn giao cuộc họp cho người khác"),
    "meetings.clash": _("Trùng lịch khi nhận bàn giao từ đơn vị khác"),
    # one-stop
    "procedures.receive": _("Tiếp nhận hồ sơ một cửa"),
    "procedures.hand_over": _("Chuyển hồ sơ cho người giải quyết"),
    "procedures.ask_supplement": _("Yêu cầu bổ sung giấy tờ"),
    "procedures.supply": _("Nhận giấy tờ bổ sung"),
    "procedures.follow_calendar": _("Hạn trả đổi theo lịch ngày làm việc"),
    "procedures.finish": _("Có kết quả hồ sơ"),
    "procedures.draft_result": _("Trình ký kết quả hồ sơ"),
    "procedures.sign": _("Ký kết quả hồ sơ"),
    "procedures.return_draft": _("Trả lại dự thảo kết quả"),
    "procedures.seal": _("Cấp số, đóng dấu kết quả hồ sơ"),
    "procedures.apologise": _("Xin lỗi, hẹn lại ngày trả"),
    "procedures.hand_back": _("Trả kết quả cho người dân"),
    "procedures.refuse": _("Từ chối giải quyết hồ sơ"),
    "procedures.withdraw": _("Ghi nhận người dân rút hồ sơ"),
    "procedures.stop": _("Dừng giải quyết hồ sơ"),
    "procedures.clear_trial": _("Dừng hồ sơ nhập khi chạy song song"),
    "procedures.give": _("Bàn giao hồ sơ cho người khác"),
    "procedures.set_rules": _("Đặt quy định của Bộ phận Một cửa"),
    # roll-up and rollout
    "rollout.adopt_scheme": _("Ghi đề án hợp nhất"),
    "rollout.record_progress": _("Cập nhật tiến độ hợp nhất"),
    "rollout.plan_milestone": _("Đặt mốc hợp nhất"),
    "rollout.revise_milestone": _("Sửa mốc hợp nhất"),
    "rollout.drop_milestone": _("Bỏ mốc hợp nhất"),
    "rollout.seat_member": _("Thêm thành viên ban chỉ đạo"),
    "rollout.reseat_member": _("Sửa thành viên ban chỉ đạo"),
    "rollout.plan_visit": _("Đặt lịch kiểm tra"),
    "rollout.record_visit": _("Ghi kết quả kiểm tra"),
    "rollout.ask_follow_up": _("Giao việc sau kiểm tra"),
    "rollout.finish_follow_up": _("Ghi nhận đã làm xong việc sau kiểm tra"),
    "rollout.close_period": _("Chốt số liệu"),
    "rollout.reopen_period": _("Mở lại kỳ đã chốt"),
    "rollout.set_reporting_day": _("Đặt ngày chốt số liệu"),
    "workdays.add": _("Thêm ngày nghỉ, ngày làm bù"),
    "workdays.remove": _("Bỏ ngày nghỉ, ngày làm bù"),
    # organs that follow others
    "succession.came_over": _("Nhận bàn giao từ đơn vị cũ"),
    "succession.passed_on": _("Bàn giao cho đơn vị kế tục"),
    "succession.follows": _("Kế tục đơn vị cũ"),
    "succession.followed_by": _("Có đơn vị kế tục"),
    # administration
    "office.grant": _("Cho người khác xem"),
    "office.revoke": _("Thôi cho người khác xem"),
    "office.delegate": _("Ủy quyền"),
    "office.substitute": _("Phân công người thay thế"),
    "office.revoke_delegation": _("Thu hồi ủy quyền, phân công thay"),
    "office.confirm_ready": _("Xác nhận mục sẵn sàng"),
    "office.revoke_ready": _("Rút lại xác nhận mục sẵn sàng"),
    "office.enter_phase": _("Chuyển giai đoạn của đơn vị"),
    "office.change_body": _("Sửa cơ quan"),
    "office.add_unit": _("Lập bộ phận"),
    "office.change_unit": _("Sửa bộ phận"),
    "office.close_unit": _("Đóng bộ phận"),
    "office.reopen_unit": _("Mở lại bộ phận"),
    "office.add_post": _("Lập chức vụ"),
    "office.change_post": _("Sửa chức vụ"),
    "office.close_post": _("Bỏ chức vụ"),
    "office.appoint": _("Giao chức vụ"),
    "office.end_appointment": _("Cho thôi giữ chức vụ"),
    "office.cancel_appointment": _("Hủy giao chức vụ"),
    "office.enrol": _("Thêm cán bộ"),
    "office.invite": _("Mời người đã có tài khoản"),
    "office.joined_elsewhere": _("Đơn vị khác nhận cán bộ vào làm việc"),
    "office.hand_over": _("Lập biên bản bàn giao công việc"),
    "office.note_certificate": _("Ghi hạn chứng thư số"),
    "office.signing_title": _("Sửa chức danh ký"),
    "office.rename": _("Sửa họ tên cán bộ"),
    "office.suspend": _("Tạm ngừng truy cập"),
    "office.readmit": _("Cho trở lại làm việc"),
    "office.leave": _("Ghi nghỉ việc"),
    "office.renew_password": _("Cấp lại mật khẩu"),
    "office.change_profile": _("Sửa tên và biểu trưng"),
    "office.set_seal_receivers": _("Đặt nơi nhận dấu niêm nhật ký"),
    "office.issue_token": _("Lập tài khoản kết nối"),
    "office.renew_token": _("Cấp lại mã kết nối"),
    "office.suspend_token": _("Tạm dừng tài khoản kết nối"),
    "office.resume_token": _("Cho dùng lại tài khoản kết nối"),
    "office.revoke_token": _("Thu hồi tài khoản kết nối"),
    "office.add_receiver": _("Thêm nơi nhận sự kiện"),
    "office.change_receiver": _("Sửa nơi nhận sự kiện"),
    "office.pause_receiver": _("Tạm dừng nơi nhận sự kiện"),
    "office.resume_receiver": _("Gửi tiếp cho nơi nhận sự kiện"),
    "office.rotate_receiver": _("Đổi khóa ký của nơi nhận sự kiện"),
    "office.remove_receiver": _("Bỏ nơi nhận sự kiện"),
    "office.test_receiver": _("Gửi thử cho nơi nhận sự kiện"),
    "office.redeliver": _("Gửi lại một sự kiện"),
    # by the operators of the service
    "office.suspended": _("Tạm dừng đơn vị"),
    "office.resumed": _("Cho đơn vị hoạt động lại"),
    "office.moved": _("Đổi địa chỉ đơn vị"),
    "office.exported": _("Xuất toàn bộ dữ liệu của đơn vị"),
    "office.archive_taken": _("Tải tệp lưu của đơn vị"),
    "office.to_be_erased": _("Quyết định xóa đơn vị"),
    "office.kept": _("Rút lại quyết định xóa đơn vị"),
    "office.restored": _("Khôi phục đơn vị từ tệp lưu"),
    "office.merge_planned": _("Hẹn ngày sáp nhập đơn vị"),
    "office.split_planned": _("Hẹn ngày chia tách đơn vị"),
    "office.succession_called_off": _("Bỏ việc sáp nhập, chia tách đang hẹn"),
    "office.merged": _("Sáp nhập đơn vị"),
    "office.split": _("Chia tách đơn vị"),
    "office.account_disabled": _("Khóa tài khoản ở toàn hệ thống"),
    "office.account_enabled": _("Mở lại tài khoản ở toàn hệ thống"),
    "office.operator_removed": _("Cho thôi làm người vận hành hệ thống"),
    "office.keys_rotated": _("Đổi khóa của hệ thống"),
    # getting in, reading, taking away
    "identity.signed_in": _("Đăng nhập"),
    "identity.sign_on_refused": _("Đăng nhập bị từ chối"),
    "access.refused": _("Bị từ chối: không đủ quyền hoặc không tìm thấy"),
    "access.strangers_refused": _("Từ chối người lạ"),
    "files.read": _("Mở tệp"),
    "web.export": _("Xuất danh sách ra tệp"),
}

# What a detail of an event is called; one that is not here needs no name.
_LABELS: Mapping[str, str] = {
    "number": _("số"),
    "code": _("mã"),
    "reason": _("lý do"),
    "item": _("mục sẵn sàng"),
    "note": _("ghi chú"),
    "phase": _("giai đoạn"),
    "basis": _("căn cứ"),
    "operator": _("người vận hành"),
    "lead": _("chủ trì"),
    "receivers": _("người nhận"),
    "receiver": _("người nhận"),
    "handler": _("người giải quyết"),
    "signer": _("người ký"),
    "field": _("mục"),
    "before": _("trước đó"),
    "after": _("thành"),
    "due_on": _("hạn"),
    "list": _("danh sách"),
    "page": _("trang"),
    "path": _("địa chỉ"),
    "address": _("từ mạng"),
    "count": _("số lần"),
    "to": _("cho"),
    "until": _("thời hạn"),
    "slot": _("lúc"),
    "where": _("tại"),
    "clash": _("trùng với"),
    "why": _("vì"),
}
# What stands in the trail as a word of the programs, in those of the office.
_WORDS: Mapping[tuple[str, str], str] = {
    ("kind", "nobody"): _("mở khi chưa đăng nhập"),
    ("kind", "dead_session"): _("phiên đã hết, hoặc không phải của đơn vị"),
    ("kind", "dead_token"): _("mã kết nối không dùng được ở đơn vị"),
    ("kind", "forged"): _("yêu cầu gửi từ trang khác"),
    ("kind", "unknown_thing"): _("hỏi nội dung không có"),
    ("kind", "too_many"): _("gọi quá số lần cho phép"),
    ("kind", "sign_on"): _("đăng nhập không thành"),
    ("kind", "look_up"): _("tra cứu hồ sơ với mã sai"),
    ("kind", "feed"): _("mở lịch với địa chỉ sai"),
    ("reason", "not_a_member"): _("không thuộc đơn vị"),
    ("reason", "no_post"): _("không giữ chức vụ nào"),
    ("reason", "disabled"): _("tài khoản đã bị khóa"),
    ("kind", "forbidden"): _("không đủ quyền"),
    ("kind", "forged_request"): _("gửi từ trang khác"),
    ("kind", "not_found"): _("không tìm thấy"),
    ("list", "van-ban-den"): _("Văn bản đến"),
    ("list", "van-ban-di"): _("Văn bản đi"),
    ("list", "nhat-ky"): _("Nhật ký"),
    ("list", "ho-so-mot-cua"): _("Hồ sơ một cửa"),
    ("list", "tong-hop"): _("Tổng hợp"),
}
_UNSAID = {"late", "alone", "own", "role", "outcome"}  # flags that their own page tells
# Of papers, meetings and cases the trail tells who and which, never what: who administrates need not see them.
_OF_THINGS = {"number", "code", "lead", "receivers", "receiver", "handler", "signer", "due_on", "to", "until"}
_TOLD_WHOLE = ("office.", "identity.", "access.", "web.", "workdays.", "rollout.")
_MOST = 300


def title(action: str) -> str:
    """What an act is called; one that nobody knows any more by its own name."""
    return ACTS.get(action, action)


def told(action: str, detail: Mapping[str, Any]) -> str:
    """What an event says beyond its act: `số: 12/QĐ-UBND; chủ trì: Trần Văn Nam`."""
    whole = action.startswith(_TOLD_WHOLE)
    said = [
        f"{_LABELS[name]}: {_in_words(name, value)}" if name in _LABELS else _in_words(name, value)
        for name, value in detail.items()
        if value not in (None, "") and (name not in _UNSAID if whole else name in _OF_THINGS)
    ]
    text = "; ".join(said)
    return text if len(text) <= _MOST else f"{text[:_MOST]}…"


def _in_words(name: str, value: Any) -> str:
    return _WORDS.get((name, value), str(value)) if isinstance(value, str) else str(value)
