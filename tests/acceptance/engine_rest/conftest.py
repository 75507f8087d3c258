"""The API of Camunda 7 over HTTP; who speaks to /api/v1 as well shares the database."""

from collections.abc import Callable

import pytest

from tests.acceptance.client import Client
from tests.acceptance.engine_rest.client import Rest


@pytest.fixture
def rest_as(sign_in: Callable[..., Client]) -> Callable[..., Rest]:
    """Sign somebody in by a token with the scopes given."""

    def rest(user_id: str, *scopes: str) -> Rest:
        client = sign_in(user_id, *scopes)
        return Rest(client.http, **client.headers)

    return rest


@pytest.fixture
def rest(rest_as: Callable[..., Rest]) -> Rest:
    """An administrator."""
    return rest_as("demo")
