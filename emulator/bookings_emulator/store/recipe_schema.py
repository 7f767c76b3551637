"""The JSON Schema of recipes, for editors: made from the words that recipes take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import orjson

from bookings_emulator.contract.api import api
from bookings_emulator.documents.json_schema import DIALECT, fixture_schema
from bookings_emulator.store.recipe_names import ROLES, WORDS
from bookings_emulator.store.recipe_plan import BusinessPlan, RecipeWords

Schema = dict[str, Any]
SCHEMA_FILE = "recipe.schema.json"
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string"}


def recipe_schema() -> Schema:
    """What a recipe may say."""
    personas = fixture_schema(api("v1.0").contract)["properties"]["personas"]
    businesses = {
        "type": "array",
        "items": _close_object(_words_of(BusinessPlan) | {kind: _tables(kind) for kind in WORDS}),
    }
    members = {"$schema": {"type": "string"}, **_words_of(RecipeWords), "business": businesses, "persona": personas}
    return {"$schema": DIALECT, "title": "Recipe", **_close_object(members)}


def recipe_schema_text() -> bytes:
    """The schema of recipes as JSON."""
    return orjson.dumps(recipe_schema(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _words_of(kind: type[RecipeWords] | type[BusinessPlan]) -> dict[str, Schema]:
    return {each.name: _word(each.default, each.metadata) for each in fields(kind) if each.name != "named"}


def _word(default: Any, known: Mapping[str, Any]) -> Schema:
    """The schema of a word: its kind is that of its default."""
    bounds = {"minimum": known["least"], "maximum": known["most"]} if "least" in known else {}
    return {"type": _KINDS[type(default)], **bounds, "default": default, "description": known["about"]}


def _tables(kind: str) -> Schema:
    """The schema of `[[business.service]]` and the like; examples show what each word takes."""
    words: dict[str, Schema] = {
        word: {"type": _KINDS[type(example)], "examples": [example]} for word, example in WORDS[kind].items()
    }
    for word in ("minutes", "seats"):
        if word in words:
            words[word]["minimum"] = 1
    if "role" in words:
        words["role"] = {"enum": [*ROLES]}
    return {"type": "array", "items": _close_object(words)}


def _close_object(members: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": members, "additionalProperties": False}
