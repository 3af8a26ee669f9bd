"""A digital twin of an AI data centre: from a USD stage to flows, heat, power and findings.

    import twin
    outcome = twin.simulate("layouts/pod", overrides=["/World/Rack_01.twin:rack:itPower=142kW"])
    for finding in outcome.findings: print(finding.severity, finding.prim, finding.title)

Names are imported when they are used, so that `import twin` costs next to nothing.
"""

TYPE_CHECKING = False  # as type checkers read it; importing typing would take as long as all the rest
if TYPE_CHECKING:
    from twin.errors import ConvergenceError, InputError
    from twin.model.finding import Fault, Finding
    from twin.reports.annual import Annual
    from twin.reports.entry import check, kinds, plan, read, simulate, vary, years
    from twin.walk import Outcome

__all__ = [
    "Annual",
    "ConvergenceError",
    "Fault",
    "Finding",
    "InputError",
    "Outcome",
    "check",
    "kinds",
    "plan",
    "read",
    "simulate",
    "vary",
    "years",
]

_HOME = {
    "Annual": "twin.reports.annual",
    "ConvergenceError": "twin.errors",
    "InputError": "twin.errors",
    "Fault": "twin.model.finding",
    "Finding": "twin.model.finding",
    "Outcome": "twin.walk",
}


def __getattr__(name: str) -> object:
    """Return a public name from the module it lives in."""
    if name not in __all__:
        raise AttributeError(f"module 'twin' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(_HOME.get(name, "twin.reports.entry")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(__all__)
