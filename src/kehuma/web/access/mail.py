"""Letters with a link, where the administrator named a mail server; without one, people hand the link on."""

import logging
import threading

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

_log = logging.getLogger("kehuma.web")


def is_set() -> bool:
    """Whether there is a mail server."""
    return bool(settings.EMAIL_HOST)


def send_link(address: str, url: str, *, organisation: str, name: str, is_invitation: bool) -> None:
    """Send the link in the background, so that the answer takes as long as without a letter."""
    subject = _("{organisation}：加入客户码") if is_invitation else _("{organisation}：重设密码")
    text = _("{name}，你好：\n\n打开下面的链接设置密码，链接只能用一次：\n{url}\n\n如果不是你要的，不用理会这封信。")
    facts = {"organisation": organisation, "name": name, "url": url}
    letter = EmailMessage(subject.format(**facts), text.format(**facts), to=[address])
    threading.Thread(target=_send, args=(letter,), daemon=True).start()


def in_language(language: str) -> translation.override:
    """The language in which the person reads."""
    return translation.override("en" if language == "en" else "zh-hans")


def _send(letter: EmailMessage) -> None:
    try:
        letter.send()
    except OSError as error:
        # Neither the address nor the link belongs into the log.
        _log.warning("a letter could not be sent: %s", type(error).__name__)
