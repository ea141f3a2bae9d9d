"""At the dispatch desk: a task arrives from the dispatch system as a feed file."""

from pathlib import Path

from installers.demo.forms import open_page, open_row
from installers.demo.run import Day

FEED = Path(__file__).resolve().parents[3] / "resources" / "demo" / "dispatch.json"
EVENT = "202611200812350101"  # of the task the doctor will work on


def take_over_the_task(day: Day) -> None:
    """The feed is imported twice; the task with its times, vehicle and crew is there once."""
    for _ in range(2):
        done = day.server.command("import-dispatch", str(FEED))
        assert done.returncode == 0, done.stdout + done.stderr
    day.keep("05-导入结果.txt", done.stdout.encode())
    with day.at("DD001", "dispatch") as desk:
        view = open_page(desk, "出车任务")
        desk.shot("05-任务列表")
        form = open_row(view, EVENT)
        desk.shot("05-任务", form)
        day.notes["task_code"] = form.record.task_code
