"""One law over many cases as one test: a test per case costs more than what most laws look at."""

from collections.abc import Callable, Iterable
from typing import Any


def each(cases: Iterable[tuple[str, tuple[Any, ...]]]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Return a decorator that asserts a law of every named case and names all that break it."""
    named = list(cases)

    def wrap(law: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            wrong = {}
            for name, arguments in named:
                try:
                    law(*arguments)
                except AssertionError as broken:
                    wrong[name] = str(broken)
            assert named
            assert wrong == {}

        test.__name__, test.__doc__ = law.__name__, law.__doc__
        test.__module__ = law.__module__
        return test

    return wrap
