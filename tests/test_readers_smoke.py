"""Five calendar readers agree on a file made by hand, down to the last awkward character."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.readers import READERS, Seen, read_with

LONG = "long " * 399 + "line."  # 2,000 characters

LINES = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//made by hand//EN",
    "BEGIN:VEVENT",
    "UID:c-1/induction/1@example.org",
    "DTSTAMP:20261201T050000Z",
    "DTSTART:20261201T150000Z",
    "DTEND:20261201T173000Z",
    r"SUMMARY:Visit\, first\; at the desk \\ left",
    r"DESCRIPTION:One line\nanother\, with a comma\; a semicolon\nand \\n which is no line end",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "UID:c-1/induction/2@example.org",
    "DTSTAMP:20261201T050000Z",
    "DTSTART:20270314T140000Z",
    "DTEND:20270314T160000Z",
    "SUMMARY:Besuch für Zoë 🗓️ 日本語",
    f"DESCRIPTION:{LONG}",
    "SEQUENCE:0",
    "STATUS:CONFIRMED",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "UID:c-1/induction/3@example.org",
    "DTSTAMP:20261201T050000Z",
    "DTSTART:20280229T233000Z",
    "DTEND:20280301T013000Z",
    "SUMMARY:Visit",
    "SEQUENCE:3",
    "STATUS:CANCELLED",
    "BEGIN:VALARM",
    "ACTION:DISPLAY",
    "TRIGGER:-P1D",
    "DESCRIPTION:not the description of the event",
    "END:VALARM",
    "END:VEVENT",
    "BEGIN:VEVENT",
    "UID:c-1/induction/review/1@example.org",
    "DTSTAMP:20261201T050000Z",
    "DTSTART;VALUE=DATE:20290101",
    "DTEND;VALUE=DATE:20290102",
    "SUMMARY:A whole day",
    "END:VEVENT",
    "END:VCALENDAR",
]

EXPECTED = [
    Seen(
        "c-1/induction/1@example.org",
        "2026-12-01T15:00:00Z",
        "2026-12-01T17:30:00Z",
        "Visit, first; at the desk \\ left",
        "One line\nanother, with a comma; a semicolon\nand \\n which is no line end",
        "",
        0,
    ),
    Seen(
        "c-1/induction/2@example.org",
        "2027-03-14T14:00:00Z",
        "2027-03-14T16:00:00Z",
        "Besuch für Zoë 🗓️ 日本語",
        LONG,
        "CONFIRMED",
        0,
    ),
    Seen(
        "c-1/induction/3@example.org",
        "2028-02-29T23:30:00Z",
        "2028-03-01T01:30:00Z",
        "Visit",
        "",
        "CANCELLED",
        3,
    ),
    Seen("c-1/induction/review/1@example.org", "2029-01-01", "2029-01-02", "A whole day", "", "", 0),
]


def folded(lines: list[str]) -> bytes:
    """Lines of at most 75 octets, never cut inside a character, joined as RFC 5545 §3.1 asks."""
    out: list[bytes] = []
    for line in lines:
        piece = b""
        for character in line:
            octets = character.encode()
            if len(piece) + len(octets) > 75:
                out.append(piece)
                piece = b" "
            piece += octets
        out.append(piece)
    return b"\r\n".join(out) + b"\r\n"


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_sees_what_was_written(reader: str) -> None:
    """Each of the five reads the same UIDs, instants and texts: escapes, emoji, long lines, cancellation."""
    assert read_with(reader, folded(LINES)) == EXPECTED


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_does_not_mind_the_order_of_events(reader: str) -> None:
    """The same events the other way around are the same events."""
    events: list[list[str]] = []
    for line in LINES[3:-1]:
        if line == "BEGIN:VEVENT":
            events.append([])
        events[-1].append(line)
    turned = [*LINES[:3], *(line for event in reversed(events) for line in event), LINES[-1]]
    assert read_with(reader, folded(turned)) == EXPECTED


def test_a_missing_reader_is_skipped_by_default_and_fails_where_all_are_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No reader is left out in silence: the reason is said, and CI does not accept it."""
    monkeypatch.setenv("KETASCHEDULE_NODE_MODULES", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _name: "node")
    monkeypatch.setenv("KETASCHEDULE_REQUIRE_ALL", "0")
    with pytest.raises(pytest.skip.Exception, match=r"ical\.js is not in"):
        read_with("ical.js", b"")
    monkeypatch.setenv("KETASCHEDULE_REQUIRE_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match=r"ical\.js is not in"):
        read_with("ical.js", b"")
