"""Tasks as the dispatch system delivered them."""

from client.core.page import Page
from client.dispatch.task import tasks

PAGES: list[Page] = [tasks]
