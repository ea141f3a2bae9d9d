"""Vehicles: master records, the drivers' daily reports, what was changed."""

from client.core.page import Page
from client.vehicles.daily import dailies
from client.vehicles.vehicle import changes, vehicles

PAGES: list[Page] = [vehicles, dailies, changes]
