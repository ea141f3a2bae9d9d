"""Case records: the doctor's tablet, and the pages of the desk."""

from client.core.page import Page
from client.emr.desk import amendments, handovers, records
from client.emr.sync import SERVICE
from client.emr.tablet import TabletPage

tablet = Page(
    title="我的任务",
    service=SERVICE,
    columns=["record_no", "name", "state"],
    view=TabletPage,
    icon="first-aid-kit",
)

PAGES: list[Page] = [tablet, records, handovers, amendments]
