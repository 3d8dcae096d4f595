"""A course as a picture: a calendar of visits and check-ins, answers over time, and what comes next.

The patient's is one column of the width of a phone, the clinician's two for a desk; either can be printed on one sheet of
A4. Marks differ in shape as well as in colour.
The same plan gives the same bytes: letters are drawn as outlines, and no date of making is written. With
``title`` and ``desc`` for those who hear it. Needs the extra ``picture``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

from ketaschedule.formats import Style
from ketaschedule.formats_marks import PAPER
from ketaschedule.formats_sheet import draw, layout_of
from ketaschedule.plan import Plan
from ketaschedule.plan_picture import picture_of
from ketaschedule.plan_picture_parts import Audience, Picture

__all__ = ["plan_to_svg", "render"]


def plan_to_svg(plan: Plan, audience: Audience = "patient") -> str:
    """The picture of ``plan`` as SVG text.

    Raises :class:`ModuleNotFoundError` where matplotlib is not installed.

    >>> import pendulum
    >>> from ketaschedule.course import Course
    >>> from ketaschedule.planner import make_plan
    >>> from ketaschedule.protocol_files import load_protocol
    >>> course = Course(id="c-1", protocol=load_protocol("ketamine-aud-three-weekly"), adult="yes",
    ...                 start=pendulum.date(2026, 12, 1), zone="America/New_York")
    >>> svg = plan_to_svg(make_plan(course))
    >>> "<title" in svg, 'role="img"' in svg
    (True, True)
    """
    picture = picture_of(plan, audience)
    with _settings():
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure

        layout = layout_of(picture)
        figure = Figure(figsize=(layout.width / 72, layout.height / 72), facecolor=PAPER)
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, layout.width)
        axes.set_ylim(layout.height, 0)
        axes.set_axis_off()
        draw(axes, picture, layout)
        out = io.StringIO()
        figure.savefig(
            out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return _with_words(out.getvalue(), picture)


def render(plan: Plan, style: Style) -> bytes:
    """The picture as bytes, for the audience of ``style``."""
    return plan_to_svg(plan, style.audience).encode("utf-8")


@contextmanager
def _settings() -> Iterator[None]:
    """Matplotlib's own settings and ours, whatever a file of settings on this machine says."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams["svg.hashsalt"] = "ketaschedule"
        matplotlib.rcParams["svg.fonttype"] = "path"
        matplotlib.rcParams["font.family"] = ["DejaVu Sans"]
        yield


def _with_words(svg: str, picture: Picture) -> str:
    """Title, description and role beside the drawing, so that it can be heard."""
    svg = re.sub(
        r"<\?xml.*?\?>\s*<!DOCTYPE.*?>\s*", '<?xml version="1.0" encoding="utf-8"?>\n', svg, flags=re.S
    )
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.S)
    words = (
        f'<title id="t">{escape(picture.title, quote=False)}</title>\n '
        f'<desc id="d">{escape(picture.words, quote=False)}</desc>\n '
    )
    return re.sub(
        r"(<svg\b)([^>]*>\n?)\s*", rf'\1 role="img" aria-labelledby="t d" lang="en"\2 {words}', svg, count=1
    )
