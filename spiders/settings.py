"""Scrapy's settings for a crawl of ours: what we rely on is stated, the rest is off.

``*_BASE`` dictionaries are emptied, so that nothing runs that is not named here: no robots
middleware that fails open, no retries behind the gate, no redirects that are not judged,
no cookies, referrers, proxies or listeners.
"""

from dataclasses import dataclass
from typing import Final

CONCURRENT_REQUESTS: Final = 128
"""Requests inside the engine at once; each host still answers one at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """Who asks, and how: seconds between requests, seconds to wait, bytes to take."""

    user_agent: str
    from_address: str
    delay: float = 1.0
    delay_factor: float = 2.0
    timeout: float = 30.0
    max_bytes: int = 8 * 1024 * 1024


def settings_of(manner: Manner) -> dict[str, object]:
    """Return the settings of a crawl in this manner."""
    return {
        "ADDONS": {},
        "BOT_NAME": "estovers",
        # Scrapy starts so many tasks for each response, and no item ever comes.
        "CONCURRENT_ITEMS": 1,
        "CONCURRENT_REQUESTS": CONCURRENT_REQUESTS,
        # Manners are kept on the wire; a limit here would only hide requests from it.
        "CONCURRENT_REQUESTS_PER_DOMAIN": CONCURRENT_REQUESTS,
        "COOKIES_ENABLED": False,
        "DOWNLOADER_MIDDLEWARES": {
            "spiders.capture.CaptureMiddleware": 800,
            "spiders.gate.Gate": 900,
        },
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "DOWNLOAD_DELAY": 0,
        "DOWNLOAD_HANDLERS": {"http": "spiders.wire.Wire", "https": "spiders.wire.Wire"},
        "DOWNLOAD_HANDLERS_BASE": {},
        "DOWNLOAD_MAXSIZE": manner.max_bytes,
        "DOWNLOAD_TIMEOUT": manner.timeout,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DUPEFILTER_CLASS": "scrapy.dupefilters.BaseDupeFilter",
        "ESTOVERS_DELAY": manner.delay,
        "ESTOVERS_DELAY_FACTOR": manner.delay_factor,
        "ESTOVERS_FROM": manner.from_address,
        "EXTENSIONS": {},
        "EXTENSIONS_BASE": {},
        "HTTPCACHE_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "ITEM_PIPELINES": {},
        "ITEM_PIPELINES_BASE": {},
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
        "METAREFRESH_ENABLED": False,
        "REDIRECT_ENABLED": False,
        "REFERER_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "RETRY_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
        "SCHEDULER": "spiders.site.FrontierScheduler",
        "SPIDER_MIDDLEWARES": {},
        "SPIDER_MIDDLEWARES_BASE": {},
        "STATS_DUMP": False,
        "TELNETCONSOLE_ENABLED": False,
        "TWISTED_REACTOR_ENABLED": False,
        "USER_AGENT": manner.user_agent,
    }
