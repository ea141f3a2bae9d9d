"""In the garage: a vehicle's record, and the driver's report, whose odometer never goes back."""

from datetime import UTC, datetime, timedelta

from client.core.entry import SHANGHAI
from client.core.form import FormDialog
from installers.demo.forms import close, do, fill, new_form, open_page, open_row, save
from installers.demo.hands import Desk, NotSeen
from installers.demo.run import Day

CODE = "0101"
DRIVEN = 86  # kilometres
SHIFT = timedelta(hours=2)


def look_at_the_vehicle(day: Day) -> None:
    """The fleet clerk opens the master record and notes a new insurance telephone."""
    with day.at("CG001", "vehicles") as desk:
        view = open_page(desk, "车辆")
        desk.shot("04-车辆")
        form = open_row(view, CODE)
        desk.shot("04-车辆信息", form)
        day.notes["odometer"] = form.record.odometer
        fill(form, phone="13800010101", change_reason="随车电话更换")
        save(form)
        close(form)
        open_page(desk, "车辆信息修改痕迹")
        desk.shot("04-修改痕迹")


def report_the_shift(day: Day) -> None:
    """The driver reports mileage and fuel; a smaller odometer is refused, the true one taken."""
    reading = int(str(day.notes["odometer"]))
    began = (datetime.now(UTC) - SHIFT).astimezone(SHANGHAI)
    with day.at("SJ001", "vehicles") as desk:
        form = new_form(open_page(desk, "司机日报"))
        fill(form, business_on=f"{began:%Y%m%d}", shift="白班", vehicle_id=CODE)
        fill(form, started_at=f"{began:%Y%m%d %H:%M}", ended_at="n")
        fill(form, fuel_litres="42.50", fuel_amount="318.75", end_odometer=str(reading + DRIVEN))
        fill(form, start_odometer=str(reading - 50))
        said = _refused(desk, form)
        if "里程" not in said:
            raise NotSeen(f"里程倒退没有被拒绝：{said}")
        fill(form, start_odometer=str(reading))
        save(form)
        do(desk, form, "Submit")
        if form.record.kilometres != DRIVEN:
            raise NotSeen(f"行驶里程应是 {DRIVEN} 公里，不是 {form.record.kilometres}")
        desk.shot("04-司机日报已提交", form)


def _refused(desk: Desk, form: FormDialog) -> str:
    """What is said when a report that cannot be true is saved and submitted."""
    try:
        save(form)
        do(desk, form, "Submit")
    except NotSeen as refusal:
        desk.shot("04-里程倒退被拒", form)
        return str(refusal)
    return ""
