"""What a statement asks of a database whose tables are spread over nodes, read from the statement itself.

A statement is taken in parts, as Citus plans it: the body of each CTE that is materialized or writes is a part, and so
is the rest. Between parts only rows at hand flow. Inside a part, every two tables that are distributed must be bound
to each other by their keys, by equalities in ON, USING, WHERE, IN or EXISTS, directly or through others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp, parse_one

Node = tuple[int, str]
"""A column of a relation of the statement; relation 0 is what the caller gives."""
_BODIES = (exp.Query, exp.DML)
_GIVEN = 0


@dataclass(frozen=True, slots=True)
class Table:
    columns: Sequence[str]
    key: str | None
    """None: a copy lies on every node."""


@dataclass(frozen=True, slots=True)
class Relation:
    columns: Mapping[str, Node | None]
    """Of each column, which of the part's columns it is; None: worked out."""


@dataclass(slots=True)
class _Part:
    keys: dict[Node, str] = field(default_factory=dict)
    """Of the distributed tables in it, the key and the table's name."""
    locked: set[str] = field(default_factory=set)
    unkeyed: set[str] = field(default_factory=set)
    same: dict[Node, Node] = field(default_factory=dict)
    at_hand: set[Node] = field(default_factory=set)

    def root(self, node: Node) -> Node:
        while (above := self.same.get(node, node)) != node:
            node = above
        return node

    def bind(self, one: Node | None, other: Node | None) -> None:
        if one is not None and other is not None:
            self.same[self.root(one)] = self.root(other)

    def findings(self) -> Iterator[str]:
        yield from (f"writes {name} without its key" for name in sorted(self.unkeyed))
        groups: dict[Node, set[str]] = {}
        for node, name in self.keys.items():
            groups.setdefault(self.root(node), set()).add(name)
        if len(groups) > 1:
            yield "crosses: " + " | ".join(sorted(", ".join(sorted(names)) for names in groups.values()))
        bound = {self.root(node) for node in self.at_hand}
        for group, names in groups.items():
            if group not in bound:
                yield "asks every node: " + ", ".join(sorted(names))
        values = {self.root(node) for node in self.at_hand if node[0] == _GIVEN}
        if self.locked and not set(groups) <= values:
            yield "locks on every node: " + ", ".join(sorted(self.locked))


class _Reader:
    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = tables
        self.parts: list[_Part] = []
        self.relations = 0

    def part(self, body: exp.Expr, ctes: Mapping[str, Relation], outer: Sequence[str] = ()) -> Sequence[str]:
        """Read a part; the names of its result's columns."""
        part = _Part()
        self.parts.append(part)
        return tuple(_Body(self, part, dict(ctes), []).read(body).columns)

    def fresh(self) -> int:
        self.relations += 1
        return self.relations


@dataclass(slots=True)
class _Body:
    """One SELECT or writing statement in a part, with what names mean in it."""

    reader: _Reader
    part: _Part
    ctes: dict[str, Relation]
    scopes: list[dict[str, Relation]]

    def read(self, body: exp.Expr) -> Relation:
        self.ctes = {**self.ctes}
        if with_ := body.args.get("with_"):
            for cte in with_.expressions:
                self.ctes[cte.alias] = self._cte(cte)
        if isinstance(body, (exp.Subquery, exp.Paren)):
            return self.read(body.this)
        if isinstance(body, exp.SetOperation):
            return self._united(self.read(body.this), self.read(body.expression))
        return _Body(self.reader, self.part, self.ctes, [*self.scopes, {}])._one(body)

    def _cte(self, cte: exp.CTE) -> Relation:
        if cte.args.get("materialized") or isinstance(cte.this, exp.DML):
            return _at_hand(self.reader.part(cte.this, self.ctes))
        return self.read(cte.this)

    def _united(self, one: Relation, other: Relation) -> Relation:
        for mine, theirs in zip(one.columns.values(), other.columns.values(), strict=True):
            self.part.bind(mine, theirs)
        return one

    def _one(self, body: exp.Expr) -> Relation:
        target = self._target(body)
        sources = [body.args.get("from_"), *(body.args.get("using") or ()), *(body.args.get("laterals") or ())]
        for source in filter(None, sources):
            self._source(source.this if isinstance(source, exp.From) else source)
        for join in body.args.get("joins") or ():
            self._join(join)
        for lock in body.args.get("locks") or ():
            self._lock(lock)
        if where := body.args.get("where"):
            self._conditions(where.this)
        given = self._inserted(body, target) if isinstance(body, exp.Insert) else None
        self._inner_queries(body)
        returned = body.args.get("returning")
        selected = returned.expressions if returned else body.expressions if isinstance(body, exp.Select) else []
        return given or Relation(dict(self._outputs(selected)))

    def _target(self, body: exp.Expr) -> Relation | None:
        if not isinstance(body, exp.DML):
            return None
        table = body.this.this if isinstance(body.this, exp.Schema) else body.this
        return self._table(table)

    def _inserted(self, insert: exp.Insert, target: Relation | None) -> Relation | None:
        """Bind what is inserted to the row's columns; the rows are where they come from."""
        assert target is not None
        schema, source = insert.this, insert.expression
        names = [column.name for column in schema.expressions] if isinstance(schema, exp.Schema) else []
        table = schema.this if isinstance(schema, exp.Schema) else schema
        key = self.reader.tables[table.name].key
        if key is not None and key not in names:
            self.part.unkeyed.add(table.name)
        if isinstance(source, exp.Values):
            rows = Relation({str(n): self._value(one) for n, one in enumerate(source.expressions[0].expressions)})
        else:
            rows = _Body(self.reader, self.part, self.ctes, []).read(source)
        for name, node in zip(names, rows.columns.values(), strict=True):
            self.part.bind(target.columns[name], node)
        return None

    def _source(self, source: exp.Expr) -> Relation:
        alias = source.alias or source.name
        if isinstance(source, exp.Table) and not isinstance(source.this, exp.Func):
            relation = self.ctes.get(source.name) or self._table(source)
            if source.name in self.ctes:
                relation = self._rows(relation)
        elif isinstance(source, (exp.Subquery, exp.Lateral)) and source.find(*_BODIES):
            relation = self.read(source.this)
        else:
            named = source.args["alias"].args.get("columns") or () if source.args.get("alias") else ()
            names = [column.name for column in named] + (
                [source.args["offset"].name] if source.args.get("offset") else []
            )
            relation = self._rows(_at_hand(names))
        for join in source.args.get("joins") or ():
            self.scopes[-1][alias] = relation
            self._join(join)
        self.scopes[-1][alias] = relation
        return relation

    def _rows(self, relation: Relation) -> Relation:
        """Rows at hand, whose columns are columns of this part."""
        if any(relation.columns.values()):
            return relation
        number = self.reader.fresh()
        nodes = {name: (number, name) for name in relation.columns}
        self.part.at_hand.update(nodes.values())
        return Relation(nodes)

    def _table(self, table: exp.Table) -> Relation:
        known, number = self.reader.tables[table.name], self.reader.fresh()
        if known.key is not None:
            self.part.keys[number, known.key] = table.name
        relation = Relation({name: (number, name) for name in known.columns})
        self.scopes[-1][table.alias or table.name] = relation
        return relation

    def _join(self, join: exp.Join) -> None:
        before = dict(self.scopes[-1])
        joined = self._source(join.this)
        for name in (one.name for one in join.args.get("using") or ()):
            for relation in before.values():
                self.part.bind(relation.columns.get(name), joined.columns.get(name))
        if on := join.args.get("on"):
            self._conditions(on)

    def _lock(self, lock: exp.Lock) -> None:
        names = [one.name for one in lock.expressions] or list(self.scopes[-1])
        self.part.locked.update(names)

    def _conditions(self, condition: exp.Expr) -> None:
        for one in condition.flatten() if isinstance(condition, exp.And) else [condition]:
            part = one.unnest()
            if isinstance(part, exp.And):
                self._conditions(part)
            elif isinstance(part, exp.EQ):
                self._equal(part.this, part.expression)
            elif isinstance(part, exp.In) and part.args.get("query"):
                rows = _Body(self.reader, self.part, self.ctes, self.scopes).read(part.args["query"])
                self.part.bind(self._value(part.this), next(iter(rows.columns.values())))

    def _equal(self, one: exp.Expr, other: exp.Expr) -> None:
        if isinstance(one, exp.Tuple) and isinstance(other, exp.Tuple):
            for mine, theirs in zip(one.expressions, other.expressions, strict=True):
                self._equal(mine, theirs)
        elif isinstance(other, exp.Any) and (node := self._value(one)):
            self.part.bind(node, self._marked((self.reader.fresh(), "any")))
        else:
            self.part.bind(self._value(one), self._value(other))

    def _value(self, value: exp.Expr) -> Node | None:
        value = value.unnest()
        if isinstance(value, exp.Cast):
            return self._value(value.this)
        if isinstance(value, exp.Parameter):
            return self._marked((_GIVEN, value.name))
        if isinstance(value, exp.Column):
            return self._column(value)
        return None

    def _marked(self, node: Node) -> Node:
        self.part.at_hand.add(node)
        return node

    def _column(self, column: exp.Column) -> Node | None:
        for scope in reversed(self.scopes):
            if column.table:
                if column.table in scope:
                    return scope[column.table].columns.get(column.name)
                continue
            for relation in scope.values():
                if column.name in relation.columns:
                    return relation.columns[column.name]
        return None

    def _outputs(self, selected: Sequence[exp.Expr]) -> Iterator[tuple[str, Node | None]]:
        for place, one in enumerate(selected):
            if isinstance(one, exp.Star):
                for relation in self.scopes[-1].values():
                    yield from relation.columns.items()
            elif isinstance(one, exp.Column) and isinstance(one.this, exp.Star):
                yield from self.scopes[-1][one.table].columns.items()
            else:
                yield one.alias_or_name or str(place), self._value(one.unalias())

    def _inner_queries(self, body: exp.Expr) -> None:
        """Subqueries in expressions, which see this query's names; those in FROM, WITH and IN were read."""
        for query in _queries_in_expressions(body):
            _Body(self.reader, self.part, self.ctes, self.scopes).read(query)


def _queries_in_expressions(body: exp.Expr) -> Iterator[exp.Expr]:
    read = ("with_", "from_", "using", "laterals")
    places = [value for name, value in body.args.items() if name not in read]
    stack = [one for value in places for one in (value if isinstance(value, list) else [value])]
    if isinstance(body, exp.Insert):
        stack = [one for one in stack if one is not body.expression]
    while stack:
        one = stack.pop()
        if not isinstance(one, exp.Expr):
            continue
        if isinstance(one, exp.Query) and not isinstance(one, exp.Table):
            yield one
        elif isinstance(one, exp.Join):
            stack.append(one.args.get("on"))
        elif isinstance(one, exp.In) and one.args.get("query"):
            stack.append(one.this)
        else:
            stack += list(one.iter_expressions())


def _at_hand(names: Sequence[str]) -> Relation:
    return Relation(dict.fromkeys(names))


def findings(statement: str, tables: Mapping[str, Table]) -> list[str]:
    """What of a statement goes beyond rows of one person on one node, in words; empty: nothing."""
    reader = _Reader(tables)
    reader.part(parse_one(statement, read="postgres"), {})
    return [one for part in reader.parts for one in part.findings()]


def tables_of(statement: str) -> set[str]:
    """The names of all tables in a statement, those of its own CTEs among them."""
    return {table.name for table in parse_one(statement, read="postgres").find_all(exp.Table)}
