"""Reads a calendar file from standard input with libical and writes what it saw as JSON.

Run by the system's own Python, in which the distribution puts libical's bindings; uses nothing else.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone
from typing import Any


def bindings() -> Any:
    import gi

    gi.require_version("ICalGLib", "3.0")
    from gi.repository import ICalGLib

    return ICalGLib


def instant(time: Any, utc: Any) -> str:
    if time.is_date():
        return f"{time.get_year():04}-{time.get_month():02}-{time.get_day():02}"
    zone = utc if time.is_utc() else time.get_timezone()
    if zone is None:
        return f"{time.as_ical_string()} (floating)"
    seconds = time.as_timet_with_zone(zone)
    # this script runs in whatever Python the system has, so no newer name for UTC
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017 - see above


def read(text: str) -> list[dict[str, Any]]:
    ical = bindings()
    utc = ical.Timezone.get_utc_timezone()
    calendar = ical.Component.new_from_string(text)
    if calendar is None or calendar.isa() != ical.ComponentKind.VCALENDAR_COMPONENT:
        raise ValueError("libical saw no calendar")
    if calendar.count_errors():
        raise ValueError(f"libical counted {calendar.count_errors()} errors: {calendar.as_ical_string()}")
    seen = []
    kind = ical.ComponentKind.VEVENT_COMPONENT
    event = calendar.get_first_component(kind)
    while event is not None:
        status = event.get_first_property(ical.PropertyKind.STATUS_PROPERTY)
        seen.append(
            {
                "uid": event.get_uid(),
                "start": instant(event.get_dtstart(), utc),
                "end": instant(event.get_dtend(), utc),
                "summary": event.get_summary() or "",
                "description": event.get_description() or "",
                "status": status.get_value_as_string() if status else "",
                "sequence": event.get_sequence(),
            }
        )
        event = calendar.get_next_component(kind)
    return seen


def main() -> None:
    if "--probe" in sys.argv:
        bindings()
        return
    events = read(sys.stdin.buffer.read().decode("utf-8"))
    sys.stdout.buffer.write(json.dumps(events).encode("utf-8"))


if __name__ == "__main__":
    main()
