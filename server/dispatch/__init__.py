"""Events, acceptances and tasks as the dispatch system delivers them."""

from server.dispatch.task import TaskService

SERVICES = [TaskService]
