"""The tasks page: read only, for times, crew and address."""

from client.core.page import Lines, Page
from protos.dispatch import task_pb2 as pb

tasks = Page(
    title="出车任务",
    service=pb.DESCRIPTOR.services_by_name["TaskService"],
    columns=[
        "serial_no",
        "plate",
        "station_id",
        "patient_name",
        "state",
        "assigned_at",
        "arrived_at",
        "completed_at",
        "km_emergency",
        "aborted",
    ],
    filters=["serial_no", "plate", "station_id", "state", "assigned_at"],
    form=[
        ["task_code", "serial_no"],
        ["plate", "vehicle_code"],
        ["station_id", "dispatcher"],
        ["assigned_at", "received_at"],
        ["departed_at", "arrived_at"],
        ["left_at", "at_hospital_at"],
        ["completed_at", "returned_at"],
        ["send_place"],
        ["km_emergency", "km_driven"],
        ["note"],
    ],
    lines=[
        Lines("crew", ["role", "staff_no", "name"]),
        Lines("presses", ["step", "value_at", "recorded_at", "source"]),
    ],
    icon="first-aid",
)
