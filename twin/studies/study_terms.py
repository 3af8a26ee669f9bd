"""Small expressions over columns: comparisons and arithmetic, and nothing that could run a program."""

import ast
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Not: np.logical_not,
}  # fmt: skip
_CALLS: Mapping[str, Callable[..., Any]] = {"abs": np.abs, "min": np.minimum, "max": np.maximum}
# A longer text is no filter that anybody reads, and Python's parser has a depth.
LONGEST = 2000


class Term:
    """An expression such as ``supply < 40 and racks == 'dense'``, checked once, evaluated on columns."""

    def __init__(self, text: str, names: Iterable[str]) -> None:
        """Read an expression.

        Args:
            text: Numbers, words in quotes, names, ``+ - * / **``, comparisons, ``and or not abs min max``.
            names: Columns that it may use.

        Raises:
            ValueError: It is none, or uses what is not there.
        """
        self.text, self.names = text, frozenset(names)
        if len(text) > LONGEST:
            raise ValueError(f"an expression has at most {LONGEST} characters")
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
            self._check(self._tree)
        except (SyntaxError, RecursionError, MemoryError) as reason:
            raise ValueError(
                f"'{text}' is no expression: {getattr(reason, 'msg', 'nested too deep')}"
            ) from None

    def __call__(self, columns: Mapping[str, Any]) -> Any:
        """Return its value for every row of the columns."""
        with np.errstate(all="ignore"):
            return self._value(self._tree, columns)

    def _check(self, node: ast.expr) -> None:
        """Refuse what an expression may not hold."""
        inner: list[ast.expr] = []
        match node:
            case ast.Constant(value=bool() | int() | float() | str()):
                pass
            case ast.Name(id=name):
                if name not in self.names:
                    raise ValueError(f"'{self.text}' names {name}; there is {', '.join(sorted(self.names))}")
            case ast.BinOp(left=left, right=right, op=op) if type(op) in _BINARY:
                inner = [left, right]
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Not(), operand=operand):
                inner = [operand]
            case ast.BoolOp(values=values):
                inner = values
            case ast.Compare(left=left, comparators=others, ops=ops) if all(
                type(op) in _COMPARE for op in ops
            ):
                inner = [left, *others]
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _CALLS:
                if len(args) != (1 if name == "abs" else 2):
                    raise ValueError(f"'{self.text}': {name} takes {1 if name == 'abs' else 2} values")
                inner = args
            case _:
                raise ValueError(
                    f"'{self.text}' holds more than numbers, names, + - * / **, comparisons, and, or, not"
                )
        for each in inner:
            self._check(each)

    def _value(self, node: ast.expr, columns: Mapping[str, Any]) -> Any:  # noqa: PLR0911
        match node:
            case ast.Constant(value=value):
                return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
            case ast.Name(id=name):
                return columns[name]
            case ast.BinOp(left=left, right=right, op=op):
                return _BINARY[type(op)](self._value(left, columns), self._value(right, columns))
            case ast.UnaryOp(op=op, operand=operand):
                value = self._value(operand, columns)
                return _UNARY[type(op)](value)
            case ast.BoolOp(op=op, values=values):
                both = np.logical_and if isinstance(op, ast.And) else np.logical_or
                found = self._value(values[0], columns)
                for each in values[1:]:
                    found = both(found, self._value(each, columns))
                return found
            case ast.Compare(left=left, ops=ops, comparators=others):
                held: Any = True
                before = self._value(left, columns)
                for sign, other in zip(ops, others, strict=True):
                    value = self._value(other, columns)
                    held = np.logical_and(held, _COMPARE[type(sign)](before, value))
                    before = value
                return held
            case ast.Call(func=ast.Name(id=name), args=args):
                return _CALLS[name](*(self._value(arg, columns) for arg in args))
        raise ValueError(f"'{self.text}' is no expression")
