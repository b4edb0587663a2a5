"""How a body is received and parsed: bounded in size, in time, in depth and in the number of its values, its texts in NFC."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Self
from urllib.parse import parse_qsl

import msgspec
from fastapi._compat import ModelField
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect, Request

from shared.errors import BadRequest, FieldProblem, Invalid, RequestTimeout, TooLarge, TooMany, TooManyValues
from shared.http import limits
from shared.http.addresses import address_of
from shared.http.budgets import retry_after
from shared.http.control import control_of
from shared.http.costs import in_a_thread
from shared.texts import all_nfc, nfc

CONTROL_CHARACTER = "The text holds a control character; send plain text."
_CONTROL = rb"0[0-8bcefBCEF]|1[0-9a-fA-F]|7[fF]"  # in hexadecimal; tab and line breaks are text
_CONTROL_IN_JSON = re.compile(rb"\\(?:[bf]|u00(?:" + _CONTROL + rb"))")
_CONTROL_IN_FORM = re.compile(rb"%(?:" + _CONTROL + rb")|[\x00-\x1f\x7f]")
#: a string that is not closed extends to the end, so that each byte is read once for any input
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
#: the code of OAuth 2.0 for a form that is not acceptable; only its token endpoint takes forms
_FORM_ERROR = "invalid_request"
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


async def receive_body(request: Request, largest: int) -> bytes:
    """The whole body, which `request.body()` gives from then on as well.

    `TooLarge` beyond `largest` bytes, `RequestTimeout` when it does not arrive in time, `TooMany` when too many bodies of
    this address are under way.
    """
    if hasattr(request, "_body"):
        return await request.body()
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > largest:
        raise _too_large(largest)
    bodies, address = control_of(request).limiter.bodies, address_of(request)
    if not await bodies.enter(address):
        raise TooMany(
            f"{limits.BODIES_AT_ONCE} bodies of this address are under way; send them one after another.",
            headers=retry_after(1),
        )
    try:
        request._body = body = await _received(request, largest)  # noqa: SLF001 - where Starlette keeps what it read
    finally:
        bodies.leave(address)
    return body


async def _received(request: Request, largest: int) -> bytes:
    chunks: list[bytes] = []
    size, begun = 0, asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(limits.BODY_SECONDS) as deadline:
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunks.append(chunk := message.get("body", b""))
                size += len(chunk)
                if size > largest:
                    raise _too_large(largest)
                if not message.get("more_body", False):
                    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
                deadline.reschedule(begun + limits.BODY_SECONDS + size / limits.SLOWEST_BODY)
    except TimeoutError:
        raise RequestTimeout(
            f"The body did not arrive in time ({size} bytes did); send it faster, or in smaller parts.",
            headers={"Connection": "close"},
        ) from None


def _too_large(largest: int) -> TooLarge:
    return TooLarge(f"This address accepts at most {largest:,} bytes.")


async def json_of(body: bytes, largest: int) -> Any:
    """The value of a JSON text; a long one is parsed in a thread. `BadRequest` says what is wrong with it."""
    most = max(largest // limits.BYTES_PER_VALUE, 1)
    if len(body) >= limits.PARSED_ASIDE:
        return await in_a_thread(parse_json, body, most)
    return parse_json(body, most)


def parse_json(body: bytes, most_values: int = limits.LARGEST_BODY // limits.BYTES_PER_VALUE) -> Any:
    """The value of a JSON text, its texts in NFC.

    `BadRequest` for control characters, nesting, number of values, NaN, syntax, and an object that names a member twice. Depth
    and number are counted before any object is made.
    """
    if b"\x7f" in body or _CONTROL_IN_JSON.search(body.replace(b"\\\\", b"")):
        raise BadRequest(CONTROL_CHARACTER)
    brackets, structure = body.count(b"[") + body.count(b"{"), b""
    if brackets > limits.DEEPEST or brackets + body.count(b",") >= most_values:
        structure = _STRING.sub(b"", body)
        _bounded(structure, most_values)
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadRequest(f"The body is not valid JSON: {error}.") from None
    if not body.isascii() or b"\\u" in body:
        value = all_nfc(value)
    members = _members(value)
    if members != body.count(b":") and members != (structure or _STRING.sub(b"", body)).count(b":"):
        raise _named_twice(body)
    return value


def parse_form(body: bytes) -> FormData:
    """The fields of a form, in NFC; `BadRequest` for control characters, texts that are not UTF-8, and a field that comes twice."""
    if _CONTROL_IN_FORM.search(body):
        raise BadRequest(CONTROL_CHARACTER, error=_FORM_ERROR)
    try:
        given = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=limits.MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise BadRequest("The form is not UTF-8.", error=_FORM_ERROR) from None
    except ValueError:
        raise BadRequest(f"A form has at most {limits.MOST_PARAMETERS} fields.", error=_FORM_ERROR) from None
    fields: list[tuple[str, str | UploadFile]] = [(nfc(name), nfc(value)) for name, value in given]
    if twice := _repeated([name for name, _ in fields]):
        problems = [FieldProblem(pointer=f"/{name[:100]}", detail="comes more than once") for name in twice]
        raise BadRequest("A field of the form comes more than once.", errors=problems, error=_FORM_ERROR)
    return FormData(fields)


class BoundedField(ModelField):
    """A body that is checked as the framework does, except that too many mistakes are not listed one by one."""

    @classmethod
    def of(cls, field: ModelField) -> Self:
        """The same field, with what was prepared for it."""
        made = cls.__new__(cls)
        made.__dict__.update(field.__dict__)
        return made

    def validate(  # the other arguments of the framework are not needed
        self, value: Any, _: Any = None, *, loc: tuple[int | str, ...] = ()
    ) -> tuple[Any, list[dict[str, Any]]]:
        """The value as the route takes it, or its mistakes; `Invalid` when there are too many to list."""
        try:
            return self._type_adapter.validate_python(value, from_attributes=True), []
        except ValidationError as error:
            if (count := error.error_count()) > limits.MOST_MISTAKES:
                raise Invalid(
                    f"{count:,} values are not acceptable, too many to list; send what the OpenAPI document describes."
                ) from None
            return None, [{**each, "loc": (*loc, *each["loc"])} for each in error.errors(include_url=False)]


def _members(value: Any) -> int:
    """The number of members of all objects in a JSON value."""
    if type(value) is dict:
        return len(value) + sum(map(_members, value.values()))
    return sum(map(_members, value)) if type(value) is list else 0


def _named_twice(body: bytes) -> BadRequest:
    """The refusal of a JSON text in which an object names a member twice: of two values one would be dropped."""
    twice: list[str] = []

    def note(members: list[tuple[str, Any]]) -> None:
        twice.extend(_repeated([nfc(name) for name, _ in members]))

    json.loads(body, object_pairs_hook=note, parse_int=str, parse_float=str)
    names = ", ".join(name[:100] for name in twice[:20])
    return BadRequest(f"An object of the body has a member twice ({names}); send each once.")


def _repeated(names: Sequence[str]) -> list[str]:
    """The names that occur more than once."""
    return [name for name, count in Counter(names).items() if count > 1][:20]


def _bounded(structure: bytes, most_values: int) -> None:
    """Refuse a JSON text, given without its strings, that holds too many values or is nested too deeply."""
    brackets = structure.translate(None, _NOT_BRACKETS)
    if structure.count(b",") + structure.count(b"[") + structure.count(b"{") >= most_values:
        raise TooManyValues(f"The JSON holds too many values; at most {most_values:,} are accepted here.")
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > limits.DEEPEST:
        raise _too_deep()


def _too_deep() -> TooManyValues:
    return TooManyValues(f"The JSON is nested too deeply; at most {limits.DEEPEST} levels are accepted.")
