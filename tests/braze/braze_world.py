"""Who and what is in the tiny world that the tests of the Braze client use."""

from __future__ import annotations

from typing import Any

READ_KEY = "0b1c2d3e-read-4f50-8a6b-7c8d9e0f1a2b"
WRITE_KEY = "0b1c2d3e-write-4f50-8a6b-7c8d9e0f1a2b"
SEGMENT = "a8fb38c5-5b5c-4f43-9a1d-1a2b3c4d5e6f"
GROUP = "11111111-1111-4111-8111-111111111111"
PEOPLE = 130


def person(number: int) -> dict[str, Any]:
    return {
        "braze_id": f"{number:024x}",
        "external_id": f"u_{number}",
        "user_aliases": [],
        "random_bucket": number,
        "created_at": "2024-05-01T10:00:00.000Z",
        "fields": {"email": f"u{number}@example.com", "first_name": "Ada", "email_subscribe": "subscribed"},
        "custom_attributes": {"plan_tier": "gold", "visits": number},
        "groups": {GROUP: "Subscribed" if number % 2 else "Unsubscribed"} if number % 3 else {},
    }
