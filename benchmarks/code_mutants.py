"""Mutants of a Python module: one small change each, of the kind that a slip of the hand makes.

Not mutated are texts, annotations, decorators and the sizes of caches: no test of behaviour could tell.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import CodeType

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}
_NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}
_NOT_MUTATED = {"annotation", "returns", "decorator_list", "type_params"}
_CACHE_SIZE = "maxsize"
_REMOVED = (ast.Raise, ast.AugAssign, ast.Continue, ast.Break)


@dataclass(slots=True)
class _Site:
    """One change at one node, made in place."""

    line: int
    what: str
    change: Callable[[ast.AST], ast.AST]
    """The node to stand in its place."""


@dataclass(frozen=True, slots=True)
class Mutant:
    line: int
    what: str
    path: "_Path" = field(repr=False)
    """From the tree's root to the node that is changed."""
    change: Callable[[ast.AST], ast.AST] = field(repr=False)

    def code(self, source: str, file: str) -> CodeType:
        """The module with this one change."""
        return compile(_changed(ast.parse(source), self.path, self.change), file, "exec")


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a module, from its top to its end."""
    places = ((path, site) for path, node in _nodes(ast.parse(source), ()) for site in _sites(node))
    return [Mutant(site.line, site.what, path, site.change) for path, site in places]


_Path = tuple[tuple[str, int | None], ...]


def _nodes(node: ast.AST, path: _Path) -> Iterator[tuple[_Path, ast.AST]]:
    yield path, node
    for name, value in ast.iter_fields(node):
        if name in _NOT_MUTATED or (isinstance(node, ast.keyword) and node.arg == _CACHE_SIZE):
            continue
        if isinstance(value, ast.AST):
            yield from _nodes(value, (*path, (name, None)))
        elif isinstance(value, list):
            for place, one in enumerate(value):
                if isinstance(one, ast.AST):
                    yield from _nodes(one, (*path, (name, place)))


def _changed(tree: ast.Module, path: _Path, change: Callable[[ast.AST], ast.AST]) -> ast.Module:
    parent: ast.AST = tree
    node: ast.AST = tree
    for name, place in path:
        parent = node
        value = getattr(node, name)
        node = value if place is None else value[place]
    name, place = path[-1]
    new = ast.copy_location(change(node), node)
    if place is None:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[place] = new
    return ast.fix_missing_locations(tree)


def _operand(one: ast.AST) -> ast.AST:
    assert isinstance(one, ast.UnaryOp)
    return one.operand


def _sites(node: ast.AST) -> Iterator[_Site]:
    line = getattr(node, "lineno", 0)
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BoolOp():
            other = ast.Or if isinstance(node.op, ast.And) else ast.And
            yield _Site(line, f"{_word(node.op)} to {_word(other())}", _with("op", other()))
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield _Site(line, f"{_word(node.op)} dropped", _operand)
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _ARITHMETIC:
            new = _ARITHMETIC[type(node.op)]()
            yield _Site(line, f"{_word(node.op)} to {_word(new)}", _with("op", new))
        case ast.Constant():
            yield from _constants(node)
        case ast.Name(id=name) if name in _NAMES:
            yield _Site(line, f"{name} to {_NAMES[name]}", _with("id", _NAMES[name]))
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield _Site(line, "returns None", _with("value", ast.Constant(None)))
        case ast.If() | ast.IfExp() | ast.While() if not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
            yield _Site(line, "condition negated", _negated)
    if isinstance(node, _REMOVED) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield _Site(line, f"{type(node).__name__.lower()} removed", lambda _: ast.Pass())


def _comparisons(node: ast.Compare) -> Iterator[_Site]:
    for place, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            words = f"{_word(operator)} to {_word(other())}"

            def change(one: ast.AST, place: int = place, other: type[ast.cmpop] = other) -> ast.AST:
                assert isinstance(one, ast.Compare)
                one.ops[place] = other()
                return one

            yield _Site(node.lineno, words, change)


def _constants(node: ast.Constant) -> Iterator[_Site]:
    value = node.value
    if isinstance(value, bool):
        yield _Site(node.lineno, f"{value} to {not value}", _with("value", not value))
    elif isinstance(value, int | float):
        for other in (value + 1, value - 1):
            yield _Site(node.lineno, f"{value} to {other}", _with("value", other))


def _with(name: str, value: object) -> Callable[[ast.AST], ast.AST]:
    def change(one: ast.AST) -> ast.AST:
        setattr(one, name, value)
        return one

    return change


def _negated(one: ast.AST) -> ast.AST:
    assert isinstance(one, ast.If | ast.IfExp | ast.While)
    one.test = ast.UnaryOp(ast.Not(), one.test)
    return one


def _word(operator: ast.AST) -> str:
    return type(operator).__name__
