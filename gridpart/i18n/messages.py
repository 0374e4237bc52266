"""What an error says: English for programs and searches, with the same in the reader's language to be had from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Self

from gridpart._typing import Language
from gridpart.i18n.catalogues import system_language, translator
from gridpart.i18n.punctuation import listed

Join = Callable[[Iterable[str], Language], str]
"""What makes one text of several in a language."""


class Message(str):
    """
    An English text that remembers what it was made of, so that it can be said in another language.

    An error that is raised with one shows English; on a system that speaks Chinese, the Chinese text stands below it
    as a note (`BaseException.add_note`), in tracebacks of a terminal and of a notebook alike.

    Parameters
    ----------
    domain
        Package whose catalogue holds the template.
    template
        English text with ``{name}`` for each value, and formats such as ``{area_m2:,.1f}`` or ``{path!r}``.
    values
        What the template is filled in with. Messages, and errors that were raised with one, are said in the same
        language; everything else is data, which no language changes. Of an error only what it says is kept.
    """

    __slots__ = ("domain", "template", "values")
    domain: str
    template: str
    values: dict[str, Any]

    def __new__(cls, domain: str, template: str, values: dict[str, Any]) -> Self:  # noqa: D102 - see the class
        text = super().__new__(cls, _filled(template, values, "en"))
        text.domain, text.template = domain, template
        text.values = {name: _kept(value) for name, value in values.items()}
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (self.domain, self.template, self.values)

    def told(self, lang: Language) -> str:
        """
        Return the message in a language.

        Parameters
        ----------
        lang
            Language code: "en", "zh-Hans" or "zh-Hant".

        Raises
        ------
        InputError
            If the language is unknown.
        """
        return _filled(translator(lang, self.domain)(self.template), self.values, lang)

    def note(self) -> str | None:
        """Return the message in the language of the system, or None where that is English or has no words for it."""
        told = self.told(system_language())
        return None if told == self else told


class Joined(Message):
    """
    Several texts as one message: a list within a line, clauses or sentences, with the marks of each language.

    Parameters
    ----------
    parts
        Messages and errors, which are said in the language, and other texts, which are data. None make an empty text.
    by
        What joins them: `listed`, `clauses`, `sentences` or `lines` of `gridpart.i18n`.

    Examples
    --------
    >>> say = messages("partition")
    >>> say("outlets {ids} share one place", ids=Joined(["a1", "a2"]))
    'outlets a1, a2 share one place'
    """

    __slots__ = ("by", "parts")
    parts: tuple[str, ...]
    by: Join

    def __new__(cls, parts: Iterable[str | BaseException], by: Join = listed) -> Self:  # noqa: D102 - see the class
        kept = tuple(_kept(part) for part in parts)
        text = str.__new__(cls, by(kept, "en"))
        text.parts, text.by = kept, by
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return Joined, (self.parts, self.by)

    def told(self, lang: Language) -> str:  # noqa: D102 - as of any message
        return self.by([_said(part, lang) for part in self.parts], lang)


def messages(domain: str) -> Callable[..., Message]:
    """
    Make the function that writes the messages of one package's errors.

    Parameters
    ----------
    domain
        Name of the package, such as "partition".

    Returns
    -------
    say
        Takes an English template and the values to fill it in with.

    Examples
    --------
    >>> say = messages("partition")
    >>> say("outlets {ids} share one place", ids="a1, a2")
    'outlets a1, a2 share one place'
    """

    def say(template: str, /, **values: Any) -> Message:
        return Message(domain, template, values)

    return say


def explain(error: BaseException, lang: Language) -> str:
    """
    Return what an error says, in a language.

    Parameters
    ----------
    error
        Any error; what was not raised by gridpart is returned as it stands.
    lang
        Language code: "en", "zh-Hans" or "zh-Hant".

    Raises
    ------
    InputError
        If the language is unknown.
    """
    return str(_said(_kept(error), lang))


def _kept(value: Any) -> Any:  # noqa: ANN401 - whatever can be formatted
    """Return what an error says, since the error itself holds on to all that its call knew."""
    if not isinstance(value, BaseException):
        return value
    message = value.args[0] if value.args else ""
    return message if isinstance(message, Message) else str(value)


def _filled(template: str, values: dict[str, Any], lang: Language) -> str:
    return template.format(**{name: _said(value, lang) for name, value in values.items()})


def _said(value: Any, lang: Language) -> Any:  # noqa: ANN401 - whatever can be formatted
    return value.told(lang) if isinstance(value, Message) else value
