"""What a rule is, what it sees, and what it can say.

A rule is a plain function with metadata. It sees a :class:`Resource` (its inputs under Pulumi's wire names,
``storageEncrypted``) and a :class:`Context` (the other resources, and the rule's limits), and yields one message per
violation. A rule has three outcomes: it yields nothing (pass), it yields messages (fail), or it meets a value that it
would need and that nobody knows yet, which raises :class:`CannotKnow`. Nothing passes because it could not be read.

Who feeds the rules is not known here: ``policies.crossguard`` does so under the Pulumi engine and
``cloudformation.judgement`` for a recorded program.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

_T = TypeVar("_T")

STANDARD = "PCI DSS"
STANDARD_VERSION = "4.0.1"

MISSHAPEN = "an input has a form that AWS would not take"


class CannotKnow(Exception):  # noqa: N818 - an outcome, not an error
    """A rule needs a value that is not known before the deployment; the text says which."""


class Malformed(ValueError):  # noqa: N818 - an outcome, not an error
    """An input that AWS could not read either, such as a policy that is no JSON: breaks whatever rule reads it."""


class Unknown:
    """A value of which nothing is known but that it is given. Whatever decides on it raises :class:`CannotKnow`."""

    def __init__(self, what: str) -> None:
        self.what = what

    def _refuse(self, *_: object) -> NoReturn:
        raise CannotKnow(self.what)

    __bool__ = __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __len__ = __iter__ = __contains__ = _refuse
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"Unknown({self.what!r})"


class Text(str):
    """Text whose ``${...}`` parts only the deployment knows. Two are equal when they are made of the same things."""

    urns: frozenset[str]
    """The resources that it is made from."""
    settings: Mapping[str, Setting]
    """The settings in it, by their ``${...}``."""

    def __new__(
        cls, text: str, urns: frozenset[str] = frozenset(), settings: Mapping[str, Setting] | None = None
    ) -> Text:
        made = super().__new__(cls, text)
        made.urns, made.settings = urns, settings or {}
        return made


@dataclass(frozen=True)
class Limits:
    """What a deploy-time setting may be."""

    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[str | float, ...] = ()
    pattern: str = ""
    """Regular expression that the whole value matches; empty for any."""

    def bounds(self) -> tuple[float, float]:
        numbers = [float(value) for value in self.allowed]
        low = min(numbers) if numbers else self.minimum
        high = max(numbers) if numbers else self.maximum
        return (float("-inf") if low is None else low), (float("inf") if high is None else high)


class Setting(Text):
    """A deploy-time setting standing alone. A rule holds when it holds for every value that the setting may have."""

    name: str
    limits: Limits

    @classmethod
    def of(cls, name: str, limits: Limits) -> Setting:
        made = cls(f"${{{name}}}")
        made.name, made.limits = name, limits
        return made


class Lazy(Mapping[str, Any]):
    """A map whose values are converted when they are looked at: rules look at few."""

    def __init__(self, source: Mapping[str, Any], convert: Callable[[str], Any]) -> None:
        self._source, self._convert = source, convert
        self._done: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        # Not "key in source": the engine's maps read the value for that, and may not know it.
        if key not in self._done:
            self._done[key] = self._convert(key)
        return self._done[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._source)

    def __len__(self) -> int:
        return len(self._source)


HOLE = re.compile(r"\$\{[^}]*\}")


def is_literal(text: str) -> bool:
    """Whether the whole text is known."""
    return not HOLE.search(text)


def plain_type(urn: str) -> str:
    """The type of the resource that a URN names: ``aws:kms/key:Key``."""
    return urn.split("::")[2].rpartition("$")[2]


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource as rules see it. Compared by identity."""

    type: str
    name: str
    urn: str
    props: Mapping[str, Any]
    """By Pulumi's wire names: plain Python data, :class:`Text`, :class:`Setting` and :class:`Unknown`."""
    links: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By input, the URNs of the resources from which its value was computed."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """What AWS made of it, as far as it is known: for nothing but to recognise it in other resources' inputs."""
    retained: bool = False
    """Protected from deletion, or left behind by it (Pulumi's ``protect`` and ``retainOnDelete``)."""
    _found: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    """By path: many rules ask for the same."""

    @functools.cached_property
    def identifiers(self) -> frozenset[str]:
        """What AWS calls the resource, as far as it is known: its name, id and ARN."""
        found = (of.get(key) for key in ("arn", "id", "keyId", "name", "bucket") for of in (self.props, self.outputs))
        return frozenset(name for name in found if isinstance(name, str))

    def get(self, path: str) -> Any:
        """The value at ``a.b[0].c``, or None. Maps in lists are not searched: use :meth:`items`."""
        if path not in self._found:
            self._found[path] = self._find(path)
        return self._found[path]

    def _find(self, path: str) -> Any:
        value: Any = self.props
        for step in _steps(path):
            if isinstance(value, Unknown):
                return value
            if isinstance(step, int):
                value = value[step] if isinstance(value, Sequence) and len(value) > step else None
            else:
                value = value.get(step) if isinstance(value, Mapping) else None
            if value is None:
                return None
        return value

    def known(self, path: str) -> Any:
        """Like :meth:`get`, for a rule that has to decide on the value.

        Raises:
            CannotKnow: it is not known.
        """
        value = self.get(path)
        if isinstance(value, Unknown):
            raise CannotKnow(value.what)
        return value

    def given(self, path: str) -> bool:
        """Whether there is a value, known or not; nothing, empty text and empty containers are none."""
        value = self.get(path)
        return isinstance(value, Unknown) or value not in (None, "", [], {})

    def flag(self, path: str, default: bool = False) -> bool:
        """A truth value.

        Raises:
            CannotKnow: it depends on the deployment.
        """
        value = self.known(path)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise CannotKnow(f"{path} is no literal truth value")

    def text(self, path: str, default: str = "") -> str:
        """Text, perhaps with ``${...}`` in it; numbers as they are written.

        Raises:
            CannotKnow: nothing of it is known.
        """
        value = self.known(path)
        return default if value is None else value if isinstance(value, str) else str(value)

    def items(self, path: str) -> Sequence[Any]:
        """The elements of a list; a single value is a list of one, a missing one is empty.

        Raises:
            CannotKnow: the list is not known. Its elements may be :class:`Unknown`.
        """
        value = self.known(path)
        if value is None:
            return ()
        return value if isinstance(value, list | tuple) else (value,)

    def bounds(self, path: str) -> tuple[float, float] | None:
        """The least and the greatest number that the value can be, or None when it is not given.

        Raises:
            CannotKnow: it is no number and no setting.
        """
        return bounds(self.known(path), path)


def bounds(value: Any, what: str) -> tuple[float, float] | None:
    """The least and the greatest number that ``value`` can be; see :meth:`Resource.bounds`."""
    if isinstance(value, Unknown):
        raise CannotKnow(value.what)
    if value is None:
        return None
    if isinstance(value, Setting):
        return value.limits.bounds()
    try:
        return float(value), float(value)
    except (TypeError, ValueError):
        raise CannotKnow(f"{what} is no literal number") from None


@functools.cache
def _steps(path: str) -> tuple[str | int, ...]:
    return tuple(int(step) if step.isdigit() else step for step in re.findall(r"[^.\[\]]+", path))


class Stack:
    """All resources of a stack, and who refers to whom."""

    def __init__(self, resources: Sequence[Resource]) -> None:
        self.resources = tuple(resources)
        self._facts: dict[Callable[[Stack], object], Any] = {}
        # Many rules ask for the same.
        self._linked: dict[tuple[Resource, str, tuple[str, ...]], list[Resource]] = {}

    def once(self, find: Callable[[Stack], _T]) -> _T:
        """What ``find`` says of the stack, found out at most once."""
        if find not in self._facts:
            self._facts[find] = find(self)
        found: _T = self._facts[find]
        return found

    @functools.cached_property
    def _by_urn(self) -> dict[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @functools.cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    @functools.cached_property
    def _users(self) -> dict[str, list[tuple[str, Resource]]]:
        found: dict[str, list[tuple[str, Resource]]] = {}
        for resource in self.resources:
            for prop, urns in resource.links.items():
                for urn in urns:
                    found.setdefault(urn, []).append((prop, resource))
        return found

    def of(self, *types: str) -> list[Resource]:
        """All resources of the given types, in the stack's order."""
        if len(types) == 1:
            return self._by_type.get(types[0], [])
        return [resource for resource in self.resources if resource.type in types]

    def linked(self, resource: Resource, path: str, *types: str) -> list[Resource]:
        """The resources of the given types from which the value at ``path`` was computed.

        A recorded program knows that for every value. The engine knows it for whole inputs only; there, of several
        candidates, those count whose identifier is the value, as soon as it is known.
        """
        asked = (resource, path, types)
        if asked not in self._linked:
            self._linked[asked] = self._find_linked(resource, path, types)
        return [*self._linked[asked]]

    def _find_linked(self, resource: Resource, path: str, types: tuple[str, ...]) -> list[Resource]:
        value = resource.get(path)
        urns = _urns(value)
        if urns:
            return self._chosen(urns, types)
        candidates = self._chosen(resource.links.get(path.partition(".")[0].partition("[")[0], frozenset()), types)
        if value is None or len(candidates) < 2:
            return candidates if value is not None else []
        matching = [item for item in candidates if _identifies(value, item)]
        return matching or candidates

    def _chosen(self, urns: frozenset[str], types: tuple[str, ...]) -> list[Resource]:
        found = [self._by_urn[urn] for urn in sorted(urns) if urn in self._by_urn]
        return [item for item in found if not types or item.type in types]

    def users(self, resource: Resource, *types: str, through: Sequence[str] = ()) -> list[Resource]:
        """The resources of the given types with an input (one of ``through``) computed from ``resource``."""
        return list(
            dict.fromkeys(
                user
                for prop, user in self._users.get(resource.urn, ())
                if (not types or user.type in types) and (not through or prop in through)
            )
        )


def _urns(value: Any) -> frozenset[str]:
    """Every resource that a value, or anything in it, is made from."""
    if isinstance(value, Text):
        return value.urns
    if isinstance(value, Mapping):
        return frozenset().union(*map(_urns, value.values()))
    if isinstance(value, list | tuple):
        return frozenset().union(*map(_urns, value))
    return frozenset()


def _identifies(value: Any, resource: Resource) -> bool:
    """Whether a known value is, or holds, what AWS calls the resource."""
    if isinstance(value, Mapping):
        return any(_identifies(item, resource) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_identifies(item, resource) for item in value)
    return isinstance(value, str) and value in resource.identifiers


@dataclass(frozen=True)
class Context:
    """What a rule may look at beside the resource that it judges."""

    stack: Stack
    limits: Mapping[str, Any] = field(default_factory=dict)
    """The rule's own parameters, see :class:`Parameter`."""

    def limit(self, name: str) -> float:
        return float(self.limits[name])


Check = Callable[[Resource, Context], Iterator[str]]
StackCheck = Callable[[Context], Iterator[str]]


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Level(StrEnum):
    """What a violation does: stop the deployment, or be shown."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"


class Group(StrEnum):
    """What a rule is for."""

    PCI_DSS = "pci-dss"
    FAILOVER = "failover"
    DATA_LOSS = "data-loss"
    DESTROYABILITY = "destroyability"
    NAMING = "naming"


@dataclass(frozen=True)
class Parameter:
    """A threshold of a rule that policy config may change."""

    name: str
    description: str
    default: float
    minimum: float = 0
    maximum: float | None = None


@dataclass(frozen=True)
class Rule:
    """A rule and everything that is to be said about it."""

    id: str
    """Kebab-case and stable: waivers and policy config name it."""
    title: str
    """What has to be true."""
    severity: Severity
    remedy: str
    """How to put a violation right, in one line."""
    types: tuple[str, ...] = ()
    """The Pulumi types that it judges; empty for the stack as a whole."""
    check: Check | None = None
    stack_check: StackCheck | None = None
    """In place of ``check`` for a rule about the stack as a whole."""
    relational: bool = False
    """Looks at other resources as well, so it can run only when all of them are known."""
    group: Group = Group.PCI_DSS
    requirements: tuple[str, ...] = ()
    """Requirement numbers of PCI DSS v4.0.1."""
    controls: tuple[int, ...] = ()
    """Numbers in ``policies.controls``."""
    url: str = ""
    level: Level = Level.MANDATORY
    parameters: tuple[Parameter, ...] = ()

    @property
    def resource_only(self) -> bool:
        """Whether one resource's inputs are all that it looks at."""
        return not self.relational and self.check is not None

    def judges(self, type_: str) -> bool:
        """Whether it judges resources of a type; ``*`` stands for every type of three parts."""
        return type_ in self.types or ("*" in self.types and type_.count(":") > 1)

    def limits(self, config: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The parameters' values: those given in ``config``, else the defaults."""
        given = config or {}
        return {parameter.name: given.get(parameter.name, parameter.default) for parameter in self.parameters}


@dataclass(frozen=True)
class Violation:
    """A rule that one resource (or, without one, the stack) breaks."""

    rule: Rule
    resource: Resource | None
    message: str


@dataclass(frozen=True)
class Undecided:
    """A rule that cannot be judged yet."""

    rule: Rule
    resource: Resource | None
    why: str


Finding = Violation | Undecided


def judge(rule: Rule, resource: Resource | None, context: Context) -> Iterator[Finding]:
    """Apply one rule to one resource, or to the stack when there is none."""
    try:
        if rule.stack_check is not None:
            messages = rule.stack_check(context)
        else:
            assert rule.check is not None
            assert resource is not None
            messages = rule.check(resource, context)
        for message in messages:
            yield Violation(rule, resource, message)
    except Malformed as error:
        yield Violation(rule, resource, str(error))
    except CannotKnow as unknown:
        yield Undecided(rule, resource, str(unknown))
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        # Text where an object should be, say. What nobody can read does not pass.
        if isinstance(getattr(error, "obj", None), Text):
            yield Undecided(rule, resource, "an input is known only when the stack is deployed")
        else:
            yield Violation(rule, resource, MISSHAPEN)
