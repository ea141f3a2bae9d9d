"""The vehicles page, and the page of what was changed in vehicles' records."""

from typing import Any

from client.core import dates
from client.core.page import Page
from protos.vehicles import vehicle_pb2 as pb


def _started(record: Any) -> None:
    record.ambulance_class = pb.Vehicle.INTENSIVE
    record.fuel = pb.Vehicle.PETROL_92
    record.opening_on = dates.today().isoformat()


vehicles = Page(
    title="车辆",
    service=pb.DESCRIPTOR.services_by_name["VehicleService"],
    columns=[
        "code", "plate", "state", "call_sign", "department_id", "ambulance_class", "brand", "model",
        "driver_id", "odometer", "papers", "inspection_until_on", "compulsory_until_on", "notice",
    ],
    filters=["code", "plate", "department_id", "ambulance_class", "driver_id", "due_on", "state"],
    form=[
        ["code", "plate", "call_sign"],
        ["vin", "engine_no"],
        ["asset_no", "barcode"],
        ["brand", "model", "ambulance_class"],
        ["fuel", "tank_capacity", "battery_capacity"],
        ["drive", "emission", "seats"],
        ["colour", "curb_weight"],
        ["department_id", "driver_id"],
        ["group", "grade", "sort"],
        ["phone", "order_target"],
        ["opening_odometer", "opening_on"],
        ["odometer", "daily_average"],
        ["purchased_on", "price", "supplier"],
        ["funding", "depreciation_years", "residual"],
        ["licence_no", "registered_on", "inspection_until_on"],
        ["compulsory_insurer", "compulsory_policy"],
        ["compulsory_from_on", "compulsory_until_on"],
        ["commercial_insurer", "commercial_policy"],
        ["commercial_from_on", "commercial_until_on"],
        ["siren_permit_no", "siren_permit_until_on"],
        ["extinguisher_until_on", "medical_licence", "toll_exempt"],
        ["remark"],
        ["change_reason"],
        ["notice"],
    ],
    actions=[
        "Activate", "Reserve", "SendToRepair", "Stop", "Lend", "ApplyScrap", "Scrap", "RefuseScrap",
    ],
    defaults=_started,
    remembered=["department_id"],
    sticky=["department_id", "brand", "model", "ambulance_class", "fuel", "tank_capacity"],
    icon="truck",
)  # fmt: skip

changes = Page(
    title="车辆信息修改痕迹",
    service=pb.DESCRIPTOR.services_by_name["VehicleChangeService"],
    columns=[
        "changed_at", "vehicle_id", "field_label", "before", "after", "person_id", "workstation",
        "reason",
    ],
    filters=["vehicle_id", "field_label", "person_id", "changed_at"],
    form=[
        ["vehicle_id", "changed_at"],
        ["field_label"],
        ["before", "after"],
        ["person_id", "workstation"],
        ["reason"],
    ],
    icon="clock-counter-clockwise",
)  # fmt: skip
