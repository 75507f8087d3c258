"""Addresses kept as files: shortcuts, as desktops open them."""

import re

from process_server.errors import Invalid

SUFFIX = ".url"
MAX_ADDRESS = 2_000
_ADDRESS = re.compile(rf"https?://[!-~]{{1,{MAX_ADDRESS}}}", re.IGNORECASE)
_SHORTCUT = re.compile(rb"\[InternetShortcut\]\r?\nURL=(\S+)\s*")


def shortcut(address: str) -> bytes:
    """Return the content of a file that opens an address. Raises Invalid for what is no address of the web."""
    if not _ADDRESS.fullmatch(address):
        raise Invalid("Write the address in full, with http:// or https:// and without spaces.")
    return f"[InternetShortcut]\r\nURL={address}\r\n".encode()


def address_in(content: bytes) -> str | None:
    """Return the address a shortcut opens; None where the content is no shortcut."""
    found = _SHORTCUT.fullmatch(content)
    address = found[1].decode(errors="replace") if found else ""
    return address if _ADDRESS.fullmatch(address) else None
