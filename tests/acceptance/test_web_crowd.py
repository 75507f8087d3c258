"""Everybody opens a page at the same moment, as when a server starts anew."""

import asyncio
from collections import Counter

import httpx

from process_server.app import create_app
from process_server.db import unit_of_work
from process_server.identity import sign_in
from process_server.identity.models import User
from tests import loops

CROWD = 200


async def open_pages(cookie: str) -> Counter[int]:
    transport = httpx.ASGITransport(create_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://test", cookies={"session": cookie}, timeout=None
    ) as client:
        answers = await asyncio.gather(*(client.get("/account") for _ in range(CROWD)))
    return Counter(answer.status_code for answer in answers)


def test_two_hundred_pages_at_once_are_all_answered(people: None) -> None:
    with unit_of_work() as session:
        user = session.get(User, "chen")
        assert user is not None
        cookie, _ = sign_in.open_session(session, user)
    assert loops.run(open_pages(cookie)) == {200: CROWD}
