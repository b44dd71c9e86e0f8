"""The forms of a saved search."""

from __future__ import annotations

from typing import Final

from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired

from registry.kernel.forms.base import VersionedForm
from registry.kernel.i18n import _l
from registry.saved_searches.models import SavedSearch
from registry.saved_searches.service import ChangeSearch, DeleteSearch, ReplaceFilter, SaveSearch, SearchOptions

PRIVATE, SHARED = "private", "shared"

#: Constraints of the database -> the field that a refusal names, and its sentence.
CONSTRAINT_SENTENCES: Final = {
    "uq_saved_search_user_id_name": (
        "name",
        _l("Đã có bộ lọc tên này; hãy đặt tên khác, hoặc xóa bộ lọc cũ."),
    ),
    "uq_saved_search_default": (
        "is_default",
        _l("Vừa có thay đổi: đã chọn một bộ lọc mặc định khác; hãy gửi lại."),
    ),
}


class SearchForm(VersionedForm):
    """Name, audience, notices, default."""

    #: For a new search: the query string of the list.
    query = HiddenField()
    name = StringField(
        _l("Tên bộ lọc"),
        validators=[InputRequired(_l("Chưa nhập tên bộ lọc; ví dụ đúng: Cột còn chỗ ở Hạc Thành."))],
        description=_l("Đặt theo việc cần làm, ví dụ: Cột còn chỗ quanh trạm Hạc Thành."),
        render_kw={"maxlength": 100},
    )
    audience = RadioField(
        _l("Phạm vi sử dụng"),
        choices=[
            SelectChoice(PRIVATE, _l("Chỉ mình tôi")),
            SelectChoice(SHARED, _l("Mọi người trong đơn vị tôi")),
        ],
        default=PRIVATE,
        description=_l("Chỉ chia sẻ bộ lọc; mỗi người vẫn xem theo phạm vi của mình."),
    )
    is_watched = BooleanField(
        _l("Thông báo khi có công trình mới khớp"),
        description=_l(
            "Hệ thống kiểm tra 15 phút một lần và sau mỗi lần nhập tệp; không thông báo công trình đang khớp."
        ),
    )
    is_default = BooleanField(
        _l("Mở danh sách công trình bằng bộ lọc này"),
        description=_l("Mỗi người có một bộ lọc mặc định; danh sách luôn có liên kết xem tất cả."),
    )

    @classmethod
    def of(cls, search: SavedSearch) -> SearchForm:
        return cls(
            formdata=None,
            version=str(search.version),
            query=search.query,
            name=search.name,
            audience=SHARED if search.is_shared else PRIVATE,
            is_watched=search.is_watched,
            is_default=search.is_default,
        )

    def options(self) -> SearchOptions:
        return SearchOptions(
            name=self.name.data or "",
            is_shared=self.audience.data == SHARED,
            is_watched=bool(self.is_watched.data),
            is_default=bool(self.is_default.data),
        )

    def to_save(self) -> SaveSearch:
        return SaveSearch(self.query.data or "", self.options())

    def to_change(self, search_id: int) -> ChangeSearch:
        return ChangeSearch(search_id, self.read_version, self.options())


class ReplaceSearchForm(VersionedForm):
    """The new filter, and the version of the search that it replaces."""

    query = HiddenField()

    def to_command(self, search_id: int) -> ReplaceFilter:
        return ReplaceFilter(search_id, self.read_version, self.query.data or "")


class DeleteForm(VersionedForm):
    """Confirms the deletion."""

    def to_command(self, search_id: int) -> DeleteSearch:
        return DeleteSearch(search_id, self.read_version)
