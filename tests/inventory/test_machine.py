"""A short play of the stock machine; `make fuzz` plays the long one."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from crypto.sm2 import PrivateKey
from server.core.pki import Pki
from server.core.run import Running
from tests.inventory.machine import Stage, StockMachine
from tests.people import make_person_in

PLAYS, STEPS = 5, 40


def play(server: Running, pki: Pki, plays: int, steps: int, **more: object) -> int:
    """Let the machine play on a server's database; answers the steps that were really checked."""
    key = PrivateKey.generate()

    def hire(name: str, department: int) -> tuple[int, int]:
        sessions = server.worker.app.sessions
        who = make_person_in(sessions, pki, key, [], name=name, department_id=department)
        return who.id, who.department_id

    class Machine(StockMachine):
        stage = Stage(server.worker.app, hire)

    chosen = settings(
        max_examples=plays, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), **more,  # type: ignore[arg-type]
    )  # fmt: skip
    run_state_machine_as_test(Machine, settings=chosen)
    return Machine.steps


def test_random_documents_always_leave_what_the_model_says(server: Running, pki: Pki) -> None:
    assert play(server, pki, PLAYS, STEPS, derandomize=True) > PLAYS
