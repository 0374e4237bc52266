"""What an error says: English for programs and searches, with the same in the reader's language to be had from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from gridpart._typing import Language
from gridpart.i18n.catalogues import system_language, translator


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
        language.
    """

    __slots__ = ("domain", "template", "values")
    domain: str
    template: str
    values: dict[str, Any]

    def __new__(cls, domain: str, template: str, values: dict[str, Any]) -> Self:  # noqa: D102 - see the class
        text = super().__new__(cls, _filled(template, values, "en"))
        text.domain, text.template, text.values = domain, template, values
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
    message = error.args[0] if error.args else ""
    return message.told(lang) if isinstance(message, Message) else str(error)


def _filled(template: str, values: dict[str, Any], lang: Language) -> str:
    return template.format(**{name: _said(value, lang) for name, value in values.items()})


def _said(value: Any, lang: Language) -> Any:  # noqa: ANN401 - whatever can be formatted
    if isinstance(value, Message):
        return value.told(lang)
    return explain(value, lang) if isinstance(value, BaseException) else value
