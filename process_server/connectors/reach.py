"""Where processes may call: no address of a private network or of this machine, unless the settings name it.

A model may take an address from what people type, and this server stands where they do not. What a name leads to is
looked up once, looked at, and connected to: a name that leads elsewhere a moment later reaches nothing.
"""

import ipaddress
import socket
from collections.abc import Sequence
from functools import lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.request import getproxies

import httpx

from process_server.config import settings
from process_server.connectors.contract import ConnectorError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Guarded(httpx.BaseTransport):
    """Connects to public addresses alone, and to what the settings name."""

    def __init__(self, limits: httpx.Limits) -> None:
        self._onwards = httpx.HTTPTransport(limits=limits)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to an address its host may be called at. Raises ConnectorError, httpx.ConnectError."""
        host, port = request.url.host, request.url.port or (443 if request.url.scheme == "https" else 80)
        *others, last = reachable(host, port)
        for address in others:
            try:
                return self._send(request, address)
            except httpx.ConnectError:  # a name may have several, of which one is away
                continue
        return self._send(request, last)

    def close(self) -> None:
        """Close all connections."""
        self._onwards.close()

    def _send(self, request: httpx.Request, address: str) -> httpx.Response:
        sent = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # the host's name among them
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": request.url.host},
        )
        return self._onwards.handle_request(sent)


def reachable(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host. Raises ConnectorError where it may not be called or is not known."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ConnectorError(f"http: {host} is not known: {error}") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not _may_be_called(host, ipaddress.ip_address(address.partition("%")[0])):
            raise ConnectorError(
                f"http: {host} leads to {address}, which is no public address. Where processes are meant to call it,"
                " the administrator of the server names it in PROCESS_SERVER_PRIVATE_HOSTS.",
                permanent=True,
            )
    return addresses


def _may_be_called(host: str, address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address.sixtofour or address
    if address.is_global and not address.is_multicast:
        return True
    names, networks = _named(settings().private_hosts)
    return "*" in names or host.lower() in names or any(address in network for network in networks)


@lru_cache(maxsize=4)
def _named(text: str) -> tuple[frozenset[str], tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]]:
    """Read names, addresses and networks with commas or blanks between."""
    names, networks = set(), []
    for each in text.replace(",", " ").lower().split():
        try:
            networks.append(ipaddress.ip_network(each, strict=False))
        except ValueError:
            names.add(each)
    return frozenset(names), tuple(networks)


def client(limits: httpx.Limits) -> httpx.Client:
    """Return a client that follows no redirects and keeps no cookies: what one process was given is no other's.

    Where the environment names a proxy, that decides what can be reached.
    """
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    transport = None if getproxies().keys() & {"http", "https", "all"} else Guarded(limits)
    return httpx.Client(limits=limits, transport=transport, cookies=jar, follow_redirects=False)
