"""The distribution's browser."""

import os

from playwright.sync_api import Browser, Playwright


def launch(playwright: Playwright) -> Browser:
    # Its sandbox refuses to run as root, as in most containers; /dev/shm is small in many.
    arguments = ["--disable-dev-shm-usage"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return playwright.chromium.launch(executable_path=path, args=arguments)
