"""``letsencrypt``: certificates by Let's Encrypt, which GitLab's package requests."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from ctl.settings.section import ForeignSection
from ctl.settings.shapes import Shape, shaped
from ctl.settings.text import one_line
from ctl.settings.types import AbsolutePath, Account, Flag, HostName, Integer, Text, Url, choice, setting

_OTHERS = "ctl requests no certificates itself; GitLab's package does"


@shaped(Shape("number or cron expression", {"type": "string"}, ({"type": "integer"},), "*/4"))
def _cron(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("a number or a cron expression is expected, such as '*/4'")
    return one_line(str(value))


Cron = Annotated[str, BeforeValidator(_cron)]


class LetsEncrypt(ForeignSection):
    """Certificates by Let's Encrypt, which GitLab's package requests and renews."""

    enable: Flag | None = setting()
    """Whether certificates are requested; counts only when it is set."""
    contact_emails: list[Text] = setting([], idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    group: Account | None = setting(idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    owner: Account | None = setting(idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    key_size: Integer | None = setting(idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    key_type: Annotated[str, BeforeValidator(choice("rsa", "ec"))] = setting("rsa", idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    ec_curve: Annotated[str, BeforeValidator(choice("prime256v1", "secp384r1", "secp521r1"))] | None = (
        setting(idle=_OTHERS)
    )
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    wwwroot: AbsolutePath = setting("/var/opt/gitlab/nginx/www", idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    alt_names: list[HostName] = setting([], idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    authorization_method: Annotated[str, BeforeValidator(choice("http", "dns"))] | None = setting(
        idle=_OTHERS
    )
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    auto_renew: Flag = setting(True, idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    auto_renew_hour: Cron = setting("0", idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    auto_renew_minute: Cron | None = setting(idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    auto_renew_day_of_month: Cron = setting("*/4", idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    auto_renew_log_directory: AbsolutePath = setting("/var/log/gitlab/lets-encrypt", idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    acme_staging_endpoint: Url | None = setting(idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    acme_production_endpoint: Url | None = setting(idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
    chain: Text | None = setting(idle=_OTHERS)
    """Accepted for the sake of existing files; it has no effect: ctl requests no certificates itself."""
