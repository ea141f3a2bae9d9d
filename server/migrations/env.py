"""Alembic's entry: knows every model through the services."""

from alembic import context
from sqlalchemy import create_engine

import server.core.serve
import server.services  # noqa: F401 - both import every model
from server.core.db import Model


def run() -> None:
    """Run the asked migrations on the configured database."""
    engine = create_engine(context.config.attributes["url"])
    with engine.begin() as connection:
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=False,
            user_module_prefix="db.",
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
