"""Keeps results for repeated texts, within limits of number and length."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from inspect import signature
from typing import Any, Generic, ParamSpec, TypeVar

Texts = ParamSpec("Texts")
Answer = TypeVar("Answer")
_LONGEST = 200  # characters; longer texts rarely come again, and thousands of them would fill the memory


def keep_answers(count: int, longest: int = _LONGEST) -> Callable[[Callable[Texts, Answer]], Callable[Texts, Answer]]:
    """Keep the newest `count` answers of a pure function of texts, but for those to a text beyond `longest`."""

    def decorate(function: Callable[Texts, Answer]) -> Callable[Texts, Answer]:
        kept: Callable[..., Answer] = lru_cache(maxsize=count)(function)

        @wraps(function)
        def answer_one(text: Any) -> Answer:
            return kept(text) if len(text) <= longest else function(text)  # type: ignore[call-arg]

        @wraps(function)
        def answer(*texts: Any) -> Answer:
            for each in texts:
                if len(each) > longest:
                    return function(*texts)  # type: ignore[call-arg]
            return kept(*texts)

        return answer_one if len(signature(function).parameters) == 1 else answer  # type: ignore[return-value]

    return decorate


class Once(Generic[Answer]):
    """A property that is worked out when first asked for, as `functools.cached_property` is, which up to Python 3.11
    takes a lock each time. For values that one thread works with."""

    def __init__(self, find: Callable[[Any], Answer]) -> None:
        self._find = find
        self.__doc__ = find.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Answer:
        value = instance.__dict__[self._name] = self._find(instance)
        return value


class Same:
    """A part of a record, known by being the same and not by what it holds: nobody changes one in place."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)
