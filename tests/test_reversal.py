"""Mistakes can be mended: every final act has a way back that asks for the reason, or is listed.

A final act is a verb into a state from which no verb leads on, and what takes a record away or
leaves lasting effects without a state.
"""

from collections.abc import Iterator

import pytest
from google.protobuf.descriptor import MethodDescriptor

from protos import facts
from protos.facts import Kind
from server.core.registry import Registry
from server.services import SERVICES

REGISTRY = Registry(SERVICES)
SAYS_WHY = (
    "reason", "comment", "return_reason", "difference_reason", "explanation", "basis",
)  # fmt: skip
BACK = ("Reject", "Return", "SendBack", "Refuse", "RefuseScrap", "RefuseCorrection",
        "RejectCorrection", "Void")  # fmt: skip

# What takes a final act back; that verb asks for the reason.
MENDED = {
    "finance.ChargeService.Settle": "finance.RefundService.Create",
    "finance.InvoiceService.Issue": "finance.InvoiceService.Void",
    "finance.InvoiceService.Reprint": "finance.InvoiceService.Void",
    "emr.CaseRecordService.Archive": "emr.AmendmentService.Create",
    "emr.CaseRecordService.ArchivePdf": "emr.AmendmentService.Create",
    "emr.CaseRecordService.SubmitOffline": "emr.CaseRecordService.SendBack",
    # What was booked by mistake is reversed; what is not needed is returned.
    "inventory.ReceiptService.Post": "inventory.RedService.Create",
    "inventory.IssueService.Receive": "inventory.RedService.Create",
    "inventory.IssueService.ReceivePart": "inventory.RedService.Create",
    "inventory.FinalIssueService.Post": "inventory.RedService.Create",
    "inventory.IssueReturnService.Approve": "inventory.RedService.Create",
    "inventory.SupplierReturnService.Approve": "inventory.RedService.Create",
    "inventory.PersonalLossService.Approve": "inventory.RedService.Create",
    "inventory.StoreLossService.Approve": "inventory.RedService.Create",
    "inventory.IssueReturnService.Inspect": "inventory.QuarantineService.Release",
    "inventory.PriceAdjustmentService.Approve": "inventory.PriceAdjustmentService.Create",
    "inventory.StationApprovalService.Approve": "inventory.RequisitionService.Close",
    "inventory.SubCenterApprovalService.Approve": "inventory.RequisitionService.Close",
    "inventory.CenterApprovalService.Approve": "inventory.RequisitionService.Close",
    "inventory.RecallNoticeService.Collect": "inventory.RecallService.Revoke",
}
REVERSAL = "it is itself the reversal, and asks for the reason"
ANEW = "it ends a request only; the same can be asked for again"
FOUND = "the next stocktake puts it right, and asks for the reason of each difference"
WHY_NOT = {
    "finance.ChargeService.Void": REVERSAL,
    "finance.InvoiceService.Void": REVERSAL,
    "inventory.ReceiptService.Void": REVERSAL,
    "inventory.IssueService.Void": REVERSAL,
    "inventory.PersonalLossService.Void": REVERSAL,
    "inventory.StoreLossService.Void": REVERSAL,
    "inventory.FinalIssueService.Void": REVERSAL,
    "inventory.RedService.Void": REVERSAL,
    "inventory.IssueReturnService.Void": REVERSAL,
    "inventory.SupplierReturnService.Void": REVERSAL,
    "inventory.DisposalService.Void": REVERSAL,
    "inventory.PriceAdjustmentService.Void": REVERSAL,
    "inventory.RequisitionService.Void": REVERSAL,
    "inventory.RequisitionService.Close": REVERSAL,
    "inventory.CountService.Cancel": REVERSAL,
    "inventory.RecallService.Revoke": REVERSAL,
    "inventory.RoleItemService.Unbind": REVERSAL,
    "admin.DeputyService.End": REVERSAL,
    "finance.PriceListService.Retire": REVERSAL,
    "finance.RefundService.Approve": "it pays back what was taken; the bill can be made anew",
    "finance.RefundService.Reject": ANEW,
    "finance.RefundService.Withdraw": ANEW,
    "finance.ReprintService.Approve": "it allows a sheet; one that is not printed does no harm",
    "finance.ReprintService.Reject": ANEW,
    "finance.ReprintService.Withdraw": ANEW,
    "finance.DailyReportService.Lock": "a locked day is corrected on a later day, by the rules",
    "finance.SegmentService.Return": "numbers given back can be handed out again",
    "emr.AmendmentService.Approve": "the record it opens is submitted again by its doctor",
    "emr.AmendmentService.Refuse": ANEW,
    "emr.AmendmentService.Withdraw": ANEW,
    "emr.CaseRecordService.Delete": "a draft only, never signed",
    "vehicles.DailyService.Delete": "a draft only, never submitted",
    "admin.ApprovalStepService.Delete": "steps are entered anew; the log keeps the old ones",
    "inventory.StockLevelService.Delete": "levels are entered anew; the log keeps the old ones",
    "inventory.CategoryService.Delete": "an unused name only; it can be entered again",
    "inventory.CountService.Approve": FOUND,
    "inventory.RedService.Approve": "itself the reversal; Reopen makes the original anew",
    "inventory.DisposalService.Execute": "destroyed before two witnesses: there is no way back",
    "inventory.ExpiryNoticeService.Acknowledge": "it says that somebody read it, nothing more",
    "inventory.RecallService.Close": "only once its quantities close; a lot can be recalled anew",
    "inventory.StationApprovalService.Reject": ANEW,
    "inventory.SubCenterApprovalService.Reject": ANEW,
    "inventory.CenterApprovalService.Reject": ANEW,
    "inventory.BoxRequestService.Reject": ANEW,
    "inventory.EmptiesService.Void": ANEW,
    "inventory.EmptiesService.Refuse": ANEW,
    "inventory.BoxRequestService.Reverse": REVERSAL,
    "vehicles.VehicleService.Scrap": "a scrapped vehicle is off the register by law; asks why",
}
LASTING = frozenset({"Delete", "Issue", "Reprint", "ArchivePdf", "SubmitOffline", "Post"})


def writes() -> Iterator[MethodDescriptor]:
    """Every business verb of the contract."""
    for method, _ in REGISTRY.methods():
        terms = facts.of_rpc(method)
        if not (facts.is_read(method) or terms.open or terms.session):
            yield method


def leads_on(method: MethodDescriptor) -> bool:
    """Whether some verb starts from the state this one ends in and ends in another."""
    state = facts.of_rpc(method).to_state
    siblings = [facts.of_rpc(each) for each in method.containing_service.methods]
    return any(state in t.from_states and t.to_state not in ("", state) for t in siblings)


def is_final(method: MethodDescriptor) -> bool:
    if facts.of_rpc(method).to_state:
        return not leads_on(method)
    return method.name in LASTING


def asks_why(method: MethodDescriptor) -> bool:
    """Whether the request has a required field for the reason: a text, or a choice."""
    fields = facts.fields(method.input_type)
    told = [field for field in fields if field.name in SAYS_WHY]
    kinds = (Kind.TEXT, Kind.ENUM, Kind.CODE)
    return any(facts.of_field(field).required and facts.kind(field) in kinds for field in told)


FINAL = {method.full_name: method for method in writes() if is_final(method)}


@pytest.mark.parametrize("name", sorted(FINAL))
def test_a_final_act_has_a_way_back_with_a_reason_or_is_listed(name: str) -> None:
    if name in WHY_NOT:
        if WHY_NOT[name] == REVERSAL:
            assert asks_why(FINAL[name])
        return
    service, _, verb = MENDED[name].rpartition(".")
    mending = facts.service(service).methods_by_name[verb]
    assert asks_why(mending), MENDED[name]


def test_nothing_is_listed_that_is_not_final() -> None:
    assert set(WHY_NOT) | set(MENDED) <= set(FINAL)
    assert not set(WHY_NOT) & set(MENDED)


GOING_BACK = [method for method in writes() if method.name in BACK]


@pytest.mark.parametrize("method", GOING_BACK, ids=lambda method: method.full_name)
def test_who_sends_something_back_says_why(method: MethodDescriptor) -> None:
    named = method.full_name
    assert asks_why(method) or named == "finance.SegmentService.Return"


HANDED_IN = {m.containing_service.full_name for m in writes() if facts.of_rpc(m).decides}
NOT_WITHDRAWN = {
    "emr.CaseRecordService": "signed by its doctor: opened again by an amendment only",
    "inventory.BoxRequestService": "sent by the box platform: refused with the reason",
    "inventory.CountService": "what was counted is counted again, by Reject with the reason",
    "inventory.RecallNoticeService": "sent by a recall: revoked with it, for a reason",
    "inventory.ConsumptionService": "made by the program from a record, not handed in",
    "vehicles.VehicleService": "an application to scrap is refused with the reason",
}


# Where it was handed in, if another service decides.
HANDED_IN_AT = {
    f"inventory.{level}ApprovalService": "inventory.RequisitionService"
    for level in ("Station", "SubCenter", "Center")
}


@pytest.mark.parametrize("name", sorted(HANDED_IN - set(NOT_WITHDRAWN)))
def test_who_handed_something_in_can_take_it_back(name: str) -> None:
    assert "Withdraw" in facts.service(HANDED_IN_AT.get(name, name)).methods_by_name


ENDING = ("Void", "Close", "Cancel", "Revoke", "End", "Unbind", "Execute", "Seal", "Retire")


def test_what_is_danger_says_so_where_it_ends_something() -> None:
    """What ends something is asked before it is done; the question names the object."""
    silent = [m.full_name for m in writes() if m.name in ENDING and not facts.of_rpc(m).danger]
    assert silent == []
