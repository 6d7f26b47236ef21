"""Where a request comes from, in words that a person recognises in the list of sessions.

>>> browser_of("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36")
'Chrome 156 · Windows'
>>> browser_of("")
''
"""

import re

from django.conf import settings
from django.http import HttpRequest

from kehuma.apps.access.data import Client

DEVICE_COOKIE = "kehuma_device"

# The first that fits: most browsers also claim to be the ones below them.
_BROWSERS = (
    ("WeChat", r"MicroMessenger/(\d+)"),
    ("DingTalk", r"DingTalk/(\d+)"),
    ("QQ", r"QQBrowser/(\d+)"),
    ("Edge", r"Edg(?:A|iOS)?/(\d+)"),
    ("Opera", r"OPR/(\d+)"),
    ("Firefox", r"(?:Firefox|FxiOS)/(\d+)"),
    ("Chrome", r"(?:Headless)?(?:Chrome|CriOS)/(\d+)"),
    ("Safari", r"Version/(\d+)[\d.]* (?:Mobile/\w+ )?Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS|OpenHarmony"),
    ("Android", "Android"),
    ("iOS", "iPhone|iPad"),
    ("Windows", "Windows"),
    ("macOS", "Macintosh"),
    ("Linux", "Linux|X11"),
)


def client_of(request: HttpRequest) -> Client:
    """The request's address, browser and device cookie."""
    browser = browser_of(request.headers.get("User-Agent", ""))
    return Client(address_of(request), browser, request.COOKIES.get(DEVICE_COOKIE, "")[:100])


def address_of(request: HttpRequest) -> str:
    """The address of the other end, or what the nearest of our ``PROXIES`` proxies says it is."""
    direct = str(request.META.get("REMOTE_ADDR", ""))
    hops = int(settings.PROXIES)
    told = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    return told[-hops] if 0 < hops <= len(told) else direct


def browser_of(agent: str) -> str:
    """The browser and the system, "" where neither is known."""
    shown = agent[:400]
    versions = ((name, re.search(pattern, shown)) for name, pattern in _BROWSERS)
    browser = next((f"{name} {found[1]}" for name, found in versions if found), "")
    system = next((name for name, pattern in _SYSTEMS if re.search(pattern, shown)), "")
    return " · ".join(part for part in (browser, system) if part)
