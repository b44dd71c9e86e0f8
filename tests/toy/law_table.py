"""A program with one more table of law: one declaration and what its revision does; it prints what officers do with it.

`python -m tests.toy.law_table ADDRESS FOLDER`: in the database of the owner's address.
"""

import html
import json
import re
import sys
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from config.settings import Settings
from migrations.helpers import add_law_table
from registry.authz.permissions import P
from registry.dated_rows.contributions import law_contributions
from registry.dated_rows.pages import law_pages
from registry.dated_rows.tables import LawTable
from registry.kernel.dated_rows import SourcedRow, one_standing_row
from registry.kernel.db.base import Base
from registry.kernel.db.history import versioned
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.feature import Feature
from registry.kernel.fields import col
from registry.kernel.units import VND
from registry.wiring import create_app
from registry.wiring.features import FEATURES
from tests.permissions.cases import token_in
from tests.support.fixtures import browsers_of, contexts_on
from tests.toy.revised import revised


@versioned
class ToyFee(SourcedRow, Base):
    """What a permit costs."""

    __tablename__ = "toy_fee"

    permit: Mapped[str] = col("Giấy phép", required=True, max_length=60)
    amount: Mapped[Decimal] = col("Mức phí", unit=VND, min=1, max=10_000_000, decimals=0, required=True)

    __table_args__ = (one_standing_row("toy_fee", "permit"),)


FEES = LawTable(
    ToyFee,
    "toy_fee",
    P.SETTING_EDIT,
    ("permit",),
    label="Phí thử",
    read=P.CASE_ACT,
    address="/toy/fees",
    title_of=lambda row: row.permit,
)
FEATURE = Feature(name="toy_law", blueprints=(law_pages(FEES),), provides=law_contributions(FEES))
FIRST = {
    "permit": "Đào đường",
    "amount": "250.000",
    "valid_from": "01/01/2026",
    "source": "Nghị quyết 1",
    "needs_verification": "true",
    "reason": "Phí mới",
}


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def in_use(url, folder):
    """What officers and others get, step after step."""
    revised(
        url,
        lambda _op: add_law_table(
            "toy_fee",
            ("permit",),
            sa.Column("permit", sa.Text, nullable=False),
            sa.Column("amount", sa.Numeric, nullable=False),
        ),
    )
    database = Database(url, role=WEB_ROLE)
    app = create_app(Settings(secret_key="x" * 40, data_dir=Path(folder), testing=True), database, (*FEATURES, FEATURE))
    client_of = browsers_of(app, contexts_on(database))
    officer, owner = client_of("so.khcn"), client_of("viettel")

    def post(client, address, **fields):
        return client.post(address, data=fields | {"csrf_token": token_in(client.get("/toy/fees"))})

    statuses = {}
    statuses["owner reads"] = owner.get("/toy/fees").status_code
    statuses["owner adds"] = post(owner, "/toy/fees/new", **FIRST).status_code
    refused = post(officer, "/toy/fees/new", **FIRST | {"amount": "nhiều", "valid_from": "01/01/1995"})
    statuses["refused"] = (refused.status_code, "nhiều" in words(refused), "01/01/1995" in words(refused))
    page = post(officer, "/toy/fees/new", **FIRST).headers["Location"]
    statuses["twice"] = post(officer, "/toy/fees/new", **FIRST).status_code
    later = {name: text for name, text in FIRST.items() if name != "permit"}
    following = post(officer, f"{page}/new", **later | {"amount": "300.000", "valid_from": "01/01/2027"})
    statuses["form of the next one"] = 'value="300.000"' in officer.get(f"{page}/new").text
    statuses["unconfirmed"] = words(officer.get("/settings/unconfirmed")).count("Đào đường")
    statuses["confirmed"] = [post(officer, f"{page}/confirm", source="Nghị quyết 1").status_code for _time in range(2)]
    statuses["first one withdrawn"] = post(officer, f"{page}/withdraw", reason="Nhầm").status_code
    statuses["withdrawn"] = [
        post(officer, f"{following.headers['Location']}/withdraw", reason="Chưa ban hành").status_code
        for _time in range(2)
    ]
    history = words(officer.get(page))
    statuses["history"] = [text in history for text in ("250.000", "300.000", "đã rút", "Chưa ban hành", "đã xác nhận")]
    log = words(officer.get("/audit"))
    statuses["log"] = [f"{verb}: Phí thử" in log for verb in ("Thêm dòng", "Xác nhận căn cứ", "Rút dòng")]
    database.dispose()
    revised(url, lambda op: [op.drop_table(name) for name in ("toy_fee_history", "toy_fee")])
    return statuses


sys.stdout.write(json.dumps(in_use(*sys.argv[1:])))
