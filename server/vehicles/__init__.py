"""Vehicles: master records, odometers, the drivers' daily reports."""

from server.vehicles.daily import DailyService
from server.vehicles.trail import VehicleChangeService
from server.vehicles.vehicle import VehicleService

SERVICES: list[type] = [
    VehicleService,
    VehicleChangeService,
    DailyService,
]
