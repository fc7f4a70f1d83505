"""Numbers and names that the tests share."""

import os

# Long enough for a debug build on a loaded machine; nothing passes or fails by how much of it was needed.
PATIENCE = float(os.environ.get("DIRECTCHAT_TEST_PATIENCE", "60"))
PATIENCE_MS = PATIENCE * 1000

# Dealerships. What a test counts or pictures has one to itself.
MAIN, OTHER, SILENT, MENU, HOSTILE = (f"shop-{n}" for n in range(1, 6))
# With a name, a colour and a greeting of its own, and a website that is nice to look at; one of them for pictures only.
LAKESIDE, SHOWROOM = "lakeside-cars", "example-motors"

DESKTOP = {"width": 1360, "height": 850}
PHONE = {"width": 390, "height": 844}

YELLOW = "rgb(245, 180, 0)"
GREEN = "rgb(23, 163, 74)"

SUPPORT_NAME = "DirectChat Support"
SUPPORT_PHONE = "+1 (314) 555-0199"
SUPPORT_EMAIL = "support@directchat.example"
SUPPORT_ENVIRONMENT = {
    "DIRECTCHAT_SUPPORT_NAME": SUPPORT_NAME,
    "DIRECTCHAT_SUPPORT_PHONE": SUPPORT_PHONE,
    "DIRECTCHAT_SUPPORT_EMAIL": SUPPORT_EMAIL,
}
