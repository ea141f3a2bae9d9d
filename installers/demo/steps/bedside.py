"""At the bedside: the record written without a server, sent once, merged, printed and signed."""

import sqlite3
import subprocess
import sys

from client.core.conflict import ConflictDialog
from client.core.login import LockDialog
from client.core.preview import PreviewDialog
from client.emr import sections
from client.emr.tablet import TabletPage
from installers.demo.bedside import Bedside
from installers.demo.cable import Cable
from installers.demo.forms import close, fill, open_page, open_row, save
from installers.demo.hands import Desk, NotSeen, child, dialogs, press, settle, wait
from installers.demo.run import Day

OTHER_EVENT = "2026111821410701020101"  # a second task, for the conflict


def write_without_a_server(day: Day) -> None:
    """The server stops; the doctor fills and signs; it comes back; all is there once."""
    with day.at("YS001", "emr", tablet=True) as desk:
        desk.window.resize(1180, 820)
        doctor = _doctor(desk)
        doctor.open(str(day.notes["task_code"]))
        day.server.stop()
        wait(lambda: not desk.window.api.is_online, "窗口知道离线")
        _fill(doctor, desk)
        doctor.sign()
        if doctor.status != "已签名，待上传":
            raise NotSeen(f"离线签名后的状态是 {doctor.status}")
        desk.shot("06-离线已签名")
        day.server.start()
        _come_back(desk)
        wait(lambda: doctor.status == "已提交", "病历已提交", 30)
        desk.shot("06-已提交")
    _is_there_once(day)
    with day.at("YS001", "inventory") as desk:
        open_page(desk, "物资自动出库")
        desk.shot("06-自动出库")


def _doctor(desk: Desk) -> Bedside:
    return Bedside(child(desk.window, TabletPage), desk.type_pin)


def _fill(doctor: Bedside, desk: Desk) -> None:
    doctor.history("胸痛半小时")
    desk.shot("06-病史")
    doctor.examination()
    desk.shot("06-生命体征")
    doctor.scores()
    desk.shot("06-评分")
    doctor.treatment()
    desk.shot("06-救治措施")
    doctor.handover()
    desk.shot("06-小结")


def _come_back(desk: Desk) -> None:
    """The connection is a new one: the same key says so with its PIN."""
    wait(lambda: desk.window.is_locked, "重新连接后确认身份", 30)
    lock = child(desk.window, LockDialog)
    wait(lambda: lock.gate.info is not None, "服务器可用", 30)
    desk.type_pin(lock)
    wait(lambda: not desk.window.is_locked, "确认身份")
    wait(lambda: not desk.window.outbox.pending(), "离线内容发送完", 30)


def _is_there_once(day: Day) -> None:
    with sqlite3.connect(day.world.server_home / "amb.sqlite") as db:
        chosen = "SELECT id FROM emr_case_record WHERE task_code = ?"
        records = db.execute(chosen, [day.notes["task_code"]]).fetchall()
        if len(records) != 1:
            raise NotSeen(f"这次任务有 {len(records)} 份病历")
        issued = db.execute(
            "SELECT count(*), sum(quantity) FROM inventory_move WHERE emr_id = ?", records[0]
        ).fetchone()
    db.close()
    if issued != (3, 4):
        raise NotSeen(f"自动出库应是 3 行共 4 件，现在是 {issued}")


def decide_a_conflict(day: Day) -> None:
    """The doctor offline and the office change the same field; the doctor decides."""
    cable = Cable(day.world.port)
    try:
        with day.at("YS001", "emr", tablet=True, server=f"127.0.0.1:{cable.port}") as desk:
            desk.window.resize(1180, 820)
            doctor = _doctor(desk)
            doctor.open(OTHER_EVENT)
            doctor.screen.go(sections.HISTORY)
            doctor.type("chief_complaint", "腹痛一小时")
            doctor.tap("record_save")
            wait(lambda: doctor.status == "草稿，已接收", "草稿已接收")
            cable.cut()
            wait(lambda: not desk.window.api.is_online, "窗口知道离线")
            doctor.type("chief_complaint", "腹痛两小时")
            doctor.tap("record_save")
            _change_at_the_office(day)
            cable.mend()
            _decide(desk, doctor)
    finally:
        cable.close()


def _change_at_the_office(day: Day) -> None:
    with day.at("HS001", "emr", reader="second-reader") as desk:
        form = open_row(open_page(desk, "急救病历"), "腹痛一小时")
        fill(form, chief_complaint="上腹痛三小时")
        save(form)
        close(form)


def _decide(desk: Desk, doctor: Bedside) -> None:
    wait(lambda: desk.window.is_locked, "重新连接后确认身份", 30)
    lock = child(desk.window, LockDialog)
    wait(lambda: lock.gate.info is not None, "服务器可用", 30)
    desk.type_pin(lock)
    wait(lambda: dialogs(ConflictDialog), "冲突窗口", 30)
    dialog = dialogs(ConflictDialog)[0]
    desk.shot("06-冲突", dialog)
    dialog.choose_all(1)
    press(dialog.keep)
    wait(lambda: not doctor.screen.copy.mine.conflicts, "冲突已处理")


def print_and_sign(day: Day) -> None:
    """Case sheet and handover sheet as PDF; the case sheet signed; the checker refuses changes."""
    with day.at("YS001", "emr", tablet=True) as desk:
        desk.window.resize(1180, 820)
        doctor = _doctor(desk)
        doctor.open(str(day.notes["task_code"]))
        doctor.screen.go(sections.SUMMARY)
        doctor.tap("print_handover")
        _keep(day, desk, "06-交接单")
        doctor.sign("sign_pdf")
        _keep(day, desk, "06-病历单")
    _check(day)


def _keep(day: Day, desk: Desk, name: str) -> None:
    wait(lambda: dialogs(PreviewDialog), f"{name}预览", 30)
    shown = dialogs(PreviewDialog)[0]
    wait(lambda: shown.drawn == len(shown.labels), "预览画完")
    desk.shot(f"{name}预览", shown)
    path = day.out / f"{name}.pdf"
    path.unlink(missing_ok=True)
    shown.save(path)
    wait(path.exists, f"{name}存为 PDF")
    day.artefacts.append(path)
    shown.close()
    settle()


def _check(day: Day) -> None:
    """python -m crypto verify-pdf: good as it is, refused after a byte or a later revision."""
    path = day.out / "06-病历单.pdf"
    data = path.read_bytes()
    at = len(data) // 3
    spoiled = day.world.folder / "spoiled.pdf"
    longer = day.world.folder / "longer.pdf"
    spoiled.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    longer.write_bytes(data + b"\n% later revision\n")
    for file, good in ((path, True), (spoiled, False), (longer, False)):
        pki = day.world.server_home / "pki"
        trust = ["--roots", str(pki / "ca.crt"), "--crl", str(pki / "ca.crl")]
        command = [sys.executable, "-m", "crypto", "verify-pdf", str(file), *trust]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        day.keep(f"06-验签-{file.stem}.txt", (done.stdout + done.stderr).encode())
        if (done.returncode == 0) != good:
            raise NotSeen(f"验签 {file.name}：{done.stdout}{done.stderr}")
