"""Signing in and out, language and theme."""

import re

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Open, Watch
from tests.browser.requests import PATIENCE
from tests.identity_provider import Provider


def test_a_wrong_password_is_told_and_the_right_one_leads_to_the_page_asked_for(open_page: Open, watch: Watch) -> None:
    watch.expected = (401,)
    page = open_page("/processes?x=1", user=None, language="en")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))
    page.fill("#user", "demo")
    page.fill("#password", "wrong")
    page.click("#sign-in button")
    expect(page.get_by_role("alert")).to_contain_text("User or password is not right.")
    expect(page.locator("#user")).to_have_value("demo")
    page.fill("#password", "demo")
    page.click("#sign-in button")
    expect(page).to_have_url(re.compile(r"/processes\?x=1$"))


def test_a_demo_login_signs_in_with_one_click(open_page: Open) -> None:
    open_page("/account")  # what one reads in is kept with the account
    page = open_page("/sign-in", user=None)
    page.click("[data-login='demo']")
    expect(page).to_have_url(re.compile("/inbox$"))
    expect(page.locator(".topbar")).to_contain_text("演示")


def test_nobody_is_led_to_another_site(server: str) -> None:
    sent = {"user": "demo", "password": "demo", "next": "//evil.example/"}
    answer = httpx.post(f"{server}/sign-in", data=sent, headers={"Sec-Fetch-Site": "same-origin"}, timeout=PATIENCE)
    assert answer.headers["Location"] == "/"


def test_signing_in_from_another_site_is_refused(server: str) -> None:
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    answer = httpx.post(f"{server}/sign-in", data={"user": "demo"}, headers=elsewhere, timeout=PATIENCE)
    assert answer.status_code == 403


def test_a_form_without_the_secret_of_its_session_is_refused(server: str) -> None:
    with httpx.Client(base_url=server, timeout=PATIENCE) as client:
        client.post("/sign-in", data={"user": "demo", "password": "demo"})
        assert client.get("/inbox").status_code == 200
        assert client.post("/sign-out").status_code == 403
        assert client.post("/notifications/read", headers={"X-CSRF-Token": "x"}).status_code == 403


def test_signing_out_ends_the_session(open_page: Open) -> None:
    open_page("/account", language="en")  # what one reads in is kept with the account
    page = open_page("/sign-in", user=None, language="en")
    page.click("[data-login='demo']")
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status").first).to_contain_text("You are signed out.")
    page.goto("/inbox")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_the_identity_provider_signs_in_and_out(open_page: Open, watch: Watch, identity_provider: Provider) -> None:
    """Only a browser shows that our policy lets it go there and back."""
    watch.elsewhere = identity_provider.address
    identity_provider.person = {"sub": "s-1", "preferred_username": "he.jun"}
    open_page("/account", user="he.jun", language="en")
    page = open_page("/processes", user=None, language="en")
    page.get_by_role("link", name="Sign in with ACME").click()
    expect(page).to_have_url(re.compile("/processes$"))
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(r"/sign-in\?out=1"))
    page.goto("/inbox")
    expect(page).to_have_url(re.compile(r"/sign-in\?next="))


def test_language_and_theme_change_without_losing_the_page(open_page: Open) -> None:
    page = open_page("/processes/request?state=all", user="he.jun", language="zh-CN")
    page.get_by_role("button", name="语言").click()
    page.get_by_role("button", name="English").click()
    expect(page).to_have_url(re.compile(r"/processes/request\?state=all$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Request")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page).to_have_url(re.compile(r"state=all$"))
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("申请")
