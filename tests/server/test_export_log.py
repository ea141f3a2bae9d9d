"""The log of exports: who may export, and what it says of the question asked."""

from collections.abc import Callable

import grpc
import pytest

from protos.admin import person_pb2
from protos.common.export_pb2 import ExportRequest
from protos.common.list_pb2 import Filter, ListRequest
from protos.inventory import receipt_pb2
from server.core.export_log import in_words
from tests.people import Clerk, refused

RECEIPT, PERSON = receipt_pb2.Receipt.DESCRIPTOR, person_pb2.Person.DESCRIPTOR


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (ListRequest(), "全部"),
        (ListRequest(text="上药", waiting=True), "“上药”，待我办理"),
        (
            ListRequest(filters=[Filter(field="state", values=["DRAFT", "SUBMITTED"])]),
            "状态：暂存、待审",
        ),
        (
            ListRequest(
                filters=[Filter(field="business_on", op=Filter.BETWEEN, values=["", "2026-11-25"])]
            ),
            "业务日期 从 … 到 2026-11-25",
        ),
    ],
)
def test_the_question_is_told_in_words(asked: ListRequest, words: str) -> None:
    assert in_words(asked, RECEIPT) == words


def test_of_persons_only_the_mask_is_logged() -> None:
    asked = ListRequest(text="张三丰", filters=[Filter(field="phone", values=["13812345678"])])
    assert in_words(asked, PERSON) == "“张*丰”，手机：138****5678"


def test_only_who_may_list_the_records_may_export_them(someone: Callable[..., Clerk]) -> None:
    clerk = someone("inventory.receipt.read")
    request = ExportRequest(
        service="inventory.ReceiptService",
        page="入库单",
        rows=3,
        format=ExportRequest.CSV,
        mark="1",
    )
    clerk("common.ExportService.Register", request)
    request.service = "inventory.IssueService"
    with refused(grpc.StatusCode.PERMISSION_DENIED):
        clerk("common.ExportService.Register", request)
