"""One class per reason to refuse.

TwinError
├── UsageError        the command line asks for something that does not exist       (exit 2)
├── InputError        the stage, a unit or a schema is wrong; carries every fault    (exit 3)
├── UnitError         a number is written in a unit that its name does not allow     (exit 3)
└── ConvergenceError  a solver stopped; names the component and the equation         (exit 4)
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.model.finding import Fault


class TwinError(Exception):
    """Base of every refusal of this package."""


class UsageError(TwinError):
    """The caller asked for a layout, rule, variant or option that does not exist."""


class UnitError(TwinError):
    """A number is written in a unit that its name does not allow."""


class InputError(TwinError):
    """The input is refused; every fault found is carried, not only the first.

    Attributes:
        faults: Every fault, in file and line order, warnings among the errors.
    """

    def __init__(self, faults: "Sequence[Fault]") -> None:
        """Carry the faults and make the sentence from them."""
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class ConvergenceError(TwinError):
    """A solver has no solution to give.

    Attributes:
        component: Prim path of the component that stopped it, "" when none can be blamed.
        equation: The equation that does not hold, in words.
    """

    def __init__(self, sentence: str, *, component: str = "", equation: str = "") -> None:
        """Say what stopped the solver, where, and in which equation."""
        self.component, self.equation = component, equation
        super().__init__(sentence)
