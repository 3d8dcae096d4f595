"""The rule table: every rule that can move or judge a dated item, with its statement and its source.

``S`` places sessions, ``M`` judges what was missed or late, ``H`` folds history, ``C`` times
check-ins, ``T`` reads answers over time, ``R`` tells people. Reasons, findings and tests name the code.
"""

from __future__ import annotations

from attrs import frozen

__all__ = ["RULES", "Rule", "rule"]


@frozen
class Rule:
    """One rule: its code, what it says, and who says so (``protocol``: the source in the protocol file)."""

    code: str
    statement: str
    source: str = "house"


_NOCK = "Nock 2021, Psychiatric Research and Clinical Practice, doi 10.1176/appi.prcp.20200029"
_DALY = "Daly 2019 (SUSTAIN-1), JAMA Psychiatry 76(9):893-903, doi 10.1001/jamapsychiatry.2019.1189"
_FRANK = "Frank 1991, Arch Gen Psychiatry 48(9):851-855, restated in Rush 2006, doi 10.1038/sj.npp.1301131"
_FILE = "the instrument's file, beside the number"

_TABLE = (
    Rule("S1", "A session's target follows from its phase's cadence and anchor.", "protocol"),
    Rule(
        "S2", "A session is placed within its window, on its target where every hard rule allows.", "protocol"
    ),
    Rule(
        "S3",
        "A session keeps at least min_gap_days from the session before and from every credible dose.",
        "protocol",
    ),
    Rule("S4", "Only days that clinic and person allow are used; the clinic is open for the whole session."),
    Rule("S5", "Never more than the protocol's sessions in one treatment week.", "protocol"),
    Rule(
        "S6", "Of placings equally within windows, the one with fewest sessions off the preferred weekdays."
    ),
    Rule("S7", "Where no day fits the window the session comes later, and says so."),
    Rule("S8", "A start on a closed day goes to the next open day."),
    Rule("S9", "A wall time that does not exist becomes the first instant after the gap."),
    Rule("S10", "A wall time that comes twice is the first of the two."),
    Rule("S11", "While a Decision on frequency is open the frequency in force goes on, held."),
    Rule("S12", "Preferred weekdays are ignored where a phase has more sessions a week than weekdays named."),
    Rule("S13", "A date that the zone leaves out is a closed day."),
    Rule(
        "S14",
        "A phase on the treatment-week grid begins with the first week after the last dose of the phase before.",
    ),
    Rule("S15", "A booked or moved session stays where it was put unless a hard rule forbids the day."),
    Rule(
        "S16",
        "At home a session waits for a named adult monitor and a clinician's go-ahead before each dose.",
    ),
    Rule(
        "S17",
        "A Decision taken sets the interval, phase or number of sessions from the day it was taken. What is added to a "
        "phase keeps the number that it took when it was first asked for, and is placed after all that was added "
        "before it; what is only proposed comes last.",
    ),
    Rule(
        "S18", "Where the protocol says so, a session with no day in its window is left out, or asked about."
    ),
    Rule(
        "S19", "A companion session lies at its offset from the dose or phase end it belongs to.", "protocol"
    ),
    Rule("S20", "Every end of treatment has a review."),
    Rule("S21", "A session waits for the review that gates it.", "protocol"),
    Rule("S22", "Day 1 is the day of session 1, as given, else as placed."),
    Rule("M1", "Before its first possible day a session is planned; from then to its end it is due."),
    Rule(
        "M2", "From its end to the last day of its window a session is overdue; then it is presumed missed."
    ),
    Rule("M3", "A presumed miss is a question to the clinic and changes nothing."),
    Rule("M4", "A dose nearer than min_gap_days to the recorded dose before does not count unless decided."),
    Rule("M5", "A dose before the window and not too near counts, with early grace."),
    Rule("M6", "A dose within the window is on time."),
    Rule("M7", "A dose after the window counts, and is late."),
    Rule("M8", "A recorded miss follows the phase's rule: keep, append or shift.", "protocol"),
    Rule("M9", "A session whose target falls in a pause is cancelled; later targets stand."),
    Rule("M10", "After the end of the course nothing is to come; what was planned is cancelled."),
    Rule("M11", "A withheld session keeps its reason, starts no lapse rule, and asks for a review."),
    Rule("M12", "A stopped dose counts for spacing; whether it counts for the course is a Decision."),
    Rule("M13", "A recorded miss and a worsening in maintenance ask whether to step back.", "protocol"),
    Rule("M14", "A recorded miss and a long time since the last dose ask for a review.", "protocol"),
    Rule("M15", "After a recorded miss one more session at the end is shown as a proposal."),
    Rule("M16", "Resuming after a pause is a Decision."),
    Rule("M17", "A clinician's CGI-S rating asks about the frequency, by the trial's table.", "protocol"),
    Rule("M18", "A dose that fits no session is extra: it counts for spacing and anchors nothing."),
    Rule("M19", "A pregnancy asks whether to pause."),
    Rule(
        "M20",
        "A Decision is due on the last session before its options differ, and is raised 14 days before.",
    ),
    Rule("M21", "An overdue Decision is told each working day, and after 7 days it is an Alert."),
    Rule("M22", "A session cancelled keeps its place in the chain."),
    Rule("C1", "The baseline is asked before the first dose and closes with it.", "protocol"),
    Rule(
        "C2", "Before each dose the person is asked; the question closes when the session begins.", "protocol"
    ),
    Rule("C3", "After a dose or a phase the person is asked at a stated distance.", "protocol"),
    Rule("C4", "Review points and monthly questions fall on days of the course.", "protocol"),
    Rule(
        "C5",
        "A watch asks on days 7 to 91 weekly, to 189 every two weeks, to 357 every four, and on day 365.",
    ),
    Rule("C6", "Where a cohort is eligible, days are added on which asking finds a relapse soonest."),
    Rule(
        "C7",
        "After a first crossing at most one short question a day, seven extra in any 15 days, until confirmation, "
        "a clinician's word, an admission, the person's no, or 15 days.",
    ),
    Rule("C8", "A first crossing is confirmed 5 to 15 days later, nearest the instrument's recall."),
    Rule("C9", "Without an eligible cohort the watch is the floor alone and claims no delay."),
    Rule("C10", "Items due on one day with overlapping windows are asked together; one answer settles all."),
    Rule(
        "C11",
        "A form is not asked sooner than its recall allows; its short form with the safety question is.",
    ),
    Rule("C12", "Every check-in asks a safety question; no short form stands in for it."),
    Rule(
        "C13",
        "An answer that is late, misplaced or unreadable is named and kept; nothing is taken for a zero.",
    ),
    Rule("C14", "A check-in that has opened stays as it is, whatever is recorded later."),
    Rule(
        "C15",
        "A whole PHQ-9 comes at least every 14 days to day 189 of a watch and at every check-in of it after that.",
    ),
    Rule(
        "C16",
        "When answers are read is the clinic's to say; what experts ask of research is shown as that.",
        _NOCK,
    ),
    Rule(
        "C17",
        "A positive answer to item 9 of the PHQ-9 is followed at once by the suicide screener, one a day; its Alert waits "
        "for nothing.",
    ),
    Rule(
        "T1",
        "Of two answers to one item of one check-in the one recorded last is scored; none is lost.",
        "house",
    ),
    Rule(
        "T2", "A missing or bad answer makes the total unknown, never zero; what it can be is kept.", "house"
    ),
    Rule(
        "T3",
        "Baseline is the last complete answer before the first dose; without one, response and remission are unknown.",
        "house",
    ),
    Rule("T4", "Change is in per cent of baseline; from a baseline of 0 there is none.", "house"),
    Rule("T5", "Response is an improvement on baseline of at least the stated per cent.", _FILE),
    Rule("T6", "Remission is a total that meets the stated threshold.", _FILE),
    Rule(
        "T7",
        "A relapse is suspected from an answer at or beyond the relapse threshold "
        "after an answer, from baseline on, that was not; after a response that stayed at or beyond it, "
        "from an answer worse than the best by the change that matters (house).",
        _FRANK,
    ),
    Rule(
        "T8",
        "A second such answer 5 to 15 days after an earlier one, with none short of it between, names it; "
        "asking more often in between does not undo it.",
        _DALY,
    ),
    Rule("T9", "An admission, an attempt or a clinician's word names a relapse at once.", _DALY),
    Rule("T10", "A relapse after remission held as long as recovery takes is a recurrence.", _FRANK),
    Rule("T11", "Deterioration is an answer worse than baseline by the change that matters.", "house"),
    Rule(
        "T12",
        "Worsening is a clinician's word, or the change that matters from the best answer since baseline; "
        "no answer is neither worse nor better.",
        "house",
    ),
    Rule(
        "T13",
        "A named relapse ends with a clinician's word, or with two answers short of the threshold "
        "at least as far apart as confirmation asks, with none at it between.",
        "house",
    ),
    Rule(
        "T14",
        "An answer older than 42 days says nothing of today: 28, the watch's widest gap, and 14.",
        "house",
    ),
    Rule("T15", "A safety question asked alone is no answer to its questionnaire.", "house"),
    Rule(
        "R1", "A reminder fires at its natural instant, or when what made or moved it was recorded, if later."
    ),
    Rule(
        "R2",
        "Outside contact hours ordinary reminders wait, or are brought forward, within their usefulness.",
    ),
    Rule("R3", "What has no use by the time it could be told is dropped, and says so."),
    Rule("R4", "Beyond the day's number for an audience, what can be done without is left out."),
    Rule("R5", "What falls on one instant for one audience may be shown as one."),
    Rule("R6", "What has no hour of its own is on the clinic's list on a working morning."),
    Rule("R7", "A check-in not answered goes from the person to a proxy under consent, then to the clinic."),
    Rule(
        "R8",
        "A safety answer goes to the clinic and the person's own screen at once, to a proxy only if consent says so.",
    ),
    Rule(
        "R9", "Nobody is asked to come to a session that is proposed, waiting, called off or presumed missed."
    ),
    Rule(
        "R10",
        "During an admission prompts to the person stop; after a death nothing goes to anyone but the clinic.",
    ),
    Rule("R11", "The clinic's items keep its zone; check-ins and contact hours follow the person."),
    Rule("R12", "What was called off or changed before it was told is not told."),
    Rule("R13", "A phone holds what fires before its plan may change, safety first, for 14 days at most."),
    Rule("H1", "An event counts once, whatever the order in which events arrive."),
    Rule("H2", "Of facts that contradict each other the one recorded last stands, and both are named."),
    Rule("H3", "An event that speaks of nothing recorded is named and changes nothing."),
    Rule("H4", "An event that says it happens after it was recorded waits until then."),
    Rule("H5", "A dose below 4 or above 2000 mg is kept as recorded, and named."),
    Rule(
        "H6",
        "A Decision that is not asked, or an option it does not have, changes nothing and is named; so is one that nobody took.",
    ),
    Rule(
        "H7", "A session named by an event and unknown to the plan is named; a dose still counts for spacing."
    ),
    Rule("H8", "Whether the person is an adult must be known; no protocol here is for others."),
    Rule("H9", "An edition older than its expiry date is named."),
    Rule("H10", "A line of a history that cannot be read is named with its number; nothing else is lost."),
    Rule(
        "H11",
        "An event said to lie before the start of the course, or before Day 1, is named and acts as it says.",
    ),
    Rule(
        "H12", "A dose said to lie in a pause, or after the end of the course, is named and acts as it says."
    ),
    Rule("H13", "A closing that closes no Alert is named: it leaves the Alert open."),
)

RULES: dict[str, Rule] = {one.code: one for one in _TABLE}
"""Every rule by its code."""


def rule(code: str) -> Rule:
    """The rule with this code; ``KeyError`` where there is none.

    >>> rule("S22").statement
    'Day 1 is the day of session 1, as given, else as placed.'
    """
    return RULES[code]
