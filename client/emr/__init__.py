"""Medical records: the doctor's tablet."""

from client.core.page import Page
from client.emr.sync import SERVICE
from client.emr.tablet import TabletPage

tablet = Page(
    title="我的任务",
    service=SERVICE,
    columns=["record_no", "name", "state"],
    view=TabletPage,
    icon="ambulance",
)

PAGES: list[Page] = [tablet]
