"""The secrets of one cluster: random, so that a test can look for them in logs."""

import secrets


class Secrets:
    def __init__(self) -> None:
        self.staff = secrets.token_hex(32)
        self.visitor = secrets.token_hex(32)
        self.sms = secrets.token_hex(32)
        self.twilio_account = "AC" + secrets.token_hex(16)
        self.twilio_token = secrets.token_hex(32)

    def environment(self) -> dict[str, str]:
        return {
            "DIRECTCHAT_STAFF_JWT_SECRET": self.staff,
            "DIRECTCHAT_VISITOR_SECRET": self.visitor,
            "DIRECTCHAT_SMS_SECRET": self.sms,
            "TWILIO_ACCOUNT_SID": self.twilio_account,
            "TWILIO_AUTH_TOKEN": self.twilio_token,
        }

    def confidential(self) -> list[str]:
        return [self.staff, self.visitor, self.sms, self.twilio_token]
