"""Static checks of a protocol's definition: what the file itself gives away, before any course is tried.

What cannot be planned at all is refused by the reader. Here stands what can be planned and yet is what no
clinic means: phases that nobody reaches, windows in which a day belongs to two sessions, a default that
changes treatment, a question that nobody is asked. All faults at once, each with code, path, sentence, way out.

>>> from ketaschedule.protocol_files import load_protocol
>>> definition_faults(load_protocol("esketamine-taper"))
()
"""

from __future__ import annotations

from .definition_checks_asking import find_asking
from .definition_checks_codes import CHECKS, Check, DefinitionFault, Finder
from .definition_checks_day import find_day
from .definition_checks_deciding import find_deciding
from .definition_checks_path import find_path
from .definition_checks_spacing import find_spacing
from .protocol import TreatmentProtocol

__all__ = ["CHECKS", "Check", "DefinitionFault", "definition_faults"]


def definition_faults(protocol: TreatmentProtocol) -> tuple[DefinitionFault, ...]:
    """Every fault that the static checks find, in the order of :data:`CHECKS`, then by place in the file.

    An empty tuple says that these checks found nothing; it says nothing about a person.
    """
    finder = Finder(protocol)
    for find in (find_path, find_spacing, find_deciding, find_asking, find_day):
        find(finder)
    order = {code: number for number, code in enumerate(CHECKS)}
    return tuple(sorted(finder.faults, key=lambda fault: order[fault.code]))
